/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/static_network.h"

#include <json-glib/json-glib.h>

#include "config/error.h"
#include "tests/unit/unit.h"

static void refuse(const char *address, const char *gateway, const char *dns, const char *message) {
    g_auto(static_network_t) network = {0};
    g_autoptr(GError) error = NULL;
    assert_false(static_network_parse(address, gateway, dns, &network, &error));
    assert_string_equal(error->message, message);
    assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
}

static void both_families_are_read_into_one_spelling(void **state) {
    g_auto(static_network_t) four = {0}, six = {0}, alone = {0};
    assert_true(
        static_network_parse("192.168.1.11/24", "192.168.1.1", "192.168.1.1, 2001:DB8:0::53", &four, NULL));
    assert_string_equal(four.address, "192.168.1.11/24");
    assert_string_equal(four.route, "0.0.0.0/0");
    assert_string_equal(four.nameservers[1], "2001:db8::53");
    assert_null(four.nameservers[2]);
    assert_true(static_network_parse("2001:0DB8::0b/128", "fe80::1", NULL, &six, NULL));
    assert_string_equal(six.address, "2001:db8::b/128");
    assert_string_equal(six.route, "::/0");
    assert_string_equal(six.gateway, "fe80::1");
    assert_true(static_network_parse("10.0.0.1/32", NULL, NULL, &alone, NULL));
    assert_null(alone.gateway);
}

static void what_is_no_machine_s_address_is_refused(void **state) {
    refuse("192.168.1.11", NULL, NULL, "--address: '192.168.1.11' has no prefix length");
    refuse("192.168.1/24", NULL, NULL, "--address: '192.168.1' is no IP address");
    refuse("", NULL, NULL, "--address: '' has no prefix length");
    refuse("/24", NULL, NULL, "--address: '' is no IP address");
    refuse("1.2.3.4/33", NULL, NULL, "--address: '1.2.3.4/33' has a prefix length that is not from 1 to 32");
    refuse("1.2.3.4/0", NULL, NULL, "--address: '1.2.3.4/0' has a prefix length that is not from 1 to 32");
    refuse("1.2.3.4/24/8", NULL, NULL,
           "--address: '1.2.3.4/24/8' has a prefix length that is not from 1 to 32");
    refuse("1.2.3.4/255.255.255.0", NULL, NULL,
           "--address: '1.2.3.4/255.255.255.0' has a prefix length that is not from 1 to 32");
    refuse("2001:db8::1/129", NULL, NULL,
           "--address: '2001:db8::1/129' has a prefix length that is not from 1 to 128");
    refuse("0.0.0.0/8", NULL, NULL, "--address: '0.0.0.0' is the address of no single machine");
    refuse("224.0.0.1/24", NULL, NULL, "--address: '224.0.0.1' is the address of no single machine");
    refuse("127.0.0.1/8", NULL, NULL, "--address: '127.0.0.1/8' is loopback's");
    refuse("fe80::1%eth0/64", NULL, NULL, "--address: 'fe80::1%eth0' is no IP address");
    refuse("1.2.3.4\nruncmd: x/24", NULL, NULL, "--address: '1.2.3.4\nruncmd: x' is no IP address");
    refuse("1.2.3.4/24", "2001:db8::1", NULL,
           "--gateway: '2001:db8::1' is of another family than the address");
    refuse("1.2.3.4/24", "1.2.3.4", NULL, "--gateway: '1.2.3.4' is the guest itself");
    refuse("1.2.3.4/24", "router", NULL, "--gateway: 'router' is no IP address");
    refuse("1.2.3.4/24", NULL, "1.1.1.1,,8.8.8.8", "--dns: '' is no IP address");
    refuse("1.2.3.4/24", NULL, "1,1,1,1,1,1,1,1,1", "--dns: '1,1,1,1,1,1,1,1,1' are too many name servers");
}

static void the_document_is_of_the_card_with_that_mac(void **state) {
    g_auto(static_network_t) network = {0};
    assert_true(static_network_parse("192.168.1.11/24", "192.168.1.1", "9.9.9.9", &network, NULL));
    g_autofree char *text = static_network_text(&network, "52:54:00:00:00:01");
    g_autoptr(JsonNode) root = json_from_string(text, NULL);
    JsonObject *document = json_node_get_object(root);
    assert_int_equal(json_object_get_int_member(document, "version"), 2);
    JsonObject *card =
        json_object_get_object_member(json_object_get_object_member(document, "ethernets"), "eth0");
    assert_string_equal(
        json_object_get_string_member(json_object_get_object_member(card, "match"), "macaddress"),
        "52:54:00:00:00:01");
    assert_string_equal(json_array_get_string_element(json_object_get_array_member(card, "addresses"), 0),
                        "192.168.1.11/24");
    JsonObject *route = json_array_get_object_element(json_object_get_array_member(card, "routes"), 0);
    assert_string_equal(json_object_get_string_member(route, "via"), "192.168.1.1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_families_are_read_into_one_spelling),
        cmocka_unit_test(what_is_no_machine_s_address_is_refused),
        cmocka_unit_test(the_document_is_of_the_card_with_that_mac),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
