/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/request.h"

#include "tests/unit/unit.h"

static void expect_name(const char *const *there, const char *base, gboolean of_template,
                        const char *wanted) {
    g_autoptr(GPtrArray) guests = g_ptr_array_new_with_free_func(g_free);
    for (; *there != NULL; there++) {
        struct guest *guest = g_new0(struct guest, 1);
        guest->name = (char *)*there;
        g_ptr_array_add(guests, guest);
    }
    const struct snapshot snapshot = {.guests = guests};
    g_autofree char *name = request_propose_name(&snapshot, base, of_template);
    assert_string_equal(name, wanted);
}

static void a_template_keeps_the_number_in_its_name(void **state) {
    expect_name((const char *[]){NULL}, "debian-12", TRUE, "debian-12-1");
    expect_name((const char *[]){"debian-12-1", "debian-12-3", NULL}, "debian-12", TRUE, "debian-12-2");
    expect_name((const char *[]){"tiny", NULL}, "tiny", TRUE, "tiny-1");
}

static void a_copy_of_a_guest_counts_on(void **state) {
    expect_name((const char *[]){"web", NULL}, "web", FALSE, "web-2");
    expect_name((const char *[]){"web-2", NULL}, "web-2", FALSE, "web-3");
    expect_name((const char *[]){"web", "web-2", "web-3", NULL}, "web-2", FALSE, "web-4");
    expect_name((const char *[]){"Windows 11 (old)", NULL}, "Windows 11 (old)", FALSE, "Windows 11 (old)-2");
}

static void a_job_says_what_it_makes_of_what(void **state) {
    g_autoptr(request_t) request = request_new(ACTION_create, NULL, NULL);
    request->new_name = g_strdup("web");
    g_autofree char *blank = request_title(request);
    assert_string_equal(blank, "create web");
    request->template_name = g_strdup("tiny");
    g_autofree char *title = request_title(request);
    assert_string_equal(title, "create tiny -> web");
}

static void a_copy_of_a_request_has_all_of_it(void **state) {
    g_autoptr(request_t) request = request_new(ACTION_create, NULL, NULL);
    char **texts[] = {&request->iso,     &request->import,  &request->kernel,
                      &request->initrd,  &request->cmdline, &request->os,
                      &request->address, &request->gateway, &request->dns};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup_printf("%zu", i);
    request->firmware = FIRMWARE_UEFI;
    g_autoptr(request_t) copy = request_copy(request);
    char *copies[] = {copy->iso, copy->import,  copy->kernel,  copy->initrd, copy->cmdline,
                      copy->os,  copy->address, copy->gateway, copy->dns};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        assert_string_equal(copies[i], *texts[i]);
        assert_ptr_not_equal(copies[i], *texts[i]);
    }
    assert_int_equal(copy->firmware, FIRMWARE_UEFI);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_keeps_the_number_in_its_name),
        cmocka_unit_test(a_copy_of_a_guest_counts_on),
        cmocka_unit_test(a_job_says_what_it_makes_of_what),
        cmocka_unit_test(a_copy_of_a_request_has_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
