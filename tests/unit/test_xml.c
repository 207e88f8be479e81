/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/xml.h"

#include <string.h>

#include "tests/unit/unit.h"

static xmlDoc *parse(const char *text) {
    return xml_parse(text, "the test's document", NULL);
}

static void values_are_found_by_xpath(void **state) {
    g_autoptr(xmlDoc) document = parse("<domain id='7'><name>a &amp; b</name><vcpu> 4 </vcpu><empty/>"
                                       "<metadata><x:guest xmlns:x='urn:innkeep:guest:1'><x:role>web</x:role>"
                                       "</x:guest></metadata></domain>");
    xmlNode *root = xml_root(document);
    guint64 vcpus = 0;
    g_autofree char *name = xml_string(root, "name");
    g_autofree char *id = xml_string(root, "@id");
    g_autofree char *role = xml_string(root, "metadata/innkeep:guest/innkeep:role");
    g_autofree char *empty = xml_string(root, "empty");
    assert_string_equal(name, "a & b");
    assert_string_equal(id, "7");
    assert_string_equal(role, "web");
    assert_string_equal(empty, "");
    assert_null(xml_string(root, "missing"));
    assert_true(xml_number(root, "vcpu", &vcpus));
    assert_int_equal(vcpus, 4);
    assert_false(xml_number(root, "name", &vcpus));
    assert_int_equal(vcpus, 4);
}

static void hostile_documents_are_refused(void **state) {
    assert_null(parse("<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><d>&x;</d>"));
    assert_null(parse("<d>"));
    assert_null(parse(""));
    g_autoptr(GError) error = NULL;
    assert_null(xml_parse("nothing", "volume x", &error));
    assert_string_equal(error->message, "volume x is not XML");
}

static void text_and_attributes_are_escaped(void **state) {
    g_autoptr(xmlDoc) document = xml_new("domain");
    xmlNode *root = xml_root(document);
    xml_add(root, "name", "<&\"'>$(id)");
    xml_add_with(root, "disk", "type", "a<'\"&", "none", NULL, NULL);
    g_autofree char *text = xml_text(document);
    g_autoptr(xmlDoc) again = parse(text);
    g_autofree char *name = xml_string(xml_root(again), "name");
    g_autofree char *type = xml_string(xml_root(again), "disk/@type");
    assert_string_equal(name, "<&\"'>$(id)");
    assert_string_equal(type, "a<'\"&");
    assert_false(xml_has(xml_root(again), "disk/@none"));
}

static void edits_keep_foreign_elements(void **state) {
    g_autoptr(xmlDoc) document =
        parse("<d><name>a</name><q:x xmlns:q='urn:q'><q:y z='1'/></q:x><uuid>u</uuid></d>");
    xmlNode *root = xml_root(document);
    xml_put(root, "name", "b");
    xml_put(root, "new", "c");
    assert_int_equal(xml_remove(root, "uuid | new/@none"), 1);
    g_autofree char *text = xml_text(document);
    assert_non_null(strstr(text, "<q:x xmlns:q=\"urn:q\">"));
    assert_non_null(strstr(text, "<q:y z=\"1\"/>"));
    g_autofree char *name = xml_string(root, "name");
    assert_string_equal(name, "b");
    assert_false(xml_has(root, "uuid"));
    assert_true(xml_has(root, "new"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_by_xpath),
        cmocka_unit_test(hostile_documents_are_refused),
        cmocka_unit_test(text_and_attributes_are_escaped),
        cmocka_unit_test(edits_keep_foreign_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
