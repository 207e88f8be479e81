/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/clusters.h"

#include <string.h>

/* A plane that no font has. */
#define FIRST 0xf0000
#define MOST  4096

struct clusters {
    GArray *all; /* struct cluster */
    GHashTable *places;
};

static guint hash(gconstpointer data) {
    const struct cluster *cluster = data;
    guint value = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(cluster->characters); i++)
        value = value * 31 + cluster->characters[i];
    return value;
}

static gboolean equal(gconstpointer a, gconstpointer b) {
    return memcmp(a, b, sizeof(struct cluster)) == 0;
}

struct clusters *clusters_new(void) {
    struct clusters *clusters = g_new0(struct clusters, 1);
    clusters->all = g_array_new(FALSE, FALSE, sizeof(struct cluster));
    clusters->places = g_hash_table_new_full(hash, equal, g_free, NULL);
    return clusters;
}

void clusters_free(struct clusters *clusters) {
    g_array_unref(clusters->all);
    g_hash_table_unref(clusters->places);
    g_free(clusters);
}

gunichar clusters_stand_in(struct clusters *clusters, const struct cluster *cluster) {
    gpointer place = NULL;
    if (g_hash_table_lookup_extended(clusters->places, cluster, NULL, &place))
        return FIRST + GPOINTER_TO_UINT(place);
    if (clusters->all->len == MOST)
        return cluster->characters[0];
    g_hash_table_insert(clusters->places, g_memdup2(cluster, sizeof *cluster),
                        GUINT_TO_POINTER(clusters->all->len));
    g_array_append_vals(clusters->all, cluster, 1);
    return FIRST + clusters->all->len - 1;
}

struct cluster clusters_of(const struct clusters *clusters, gunichar emulated) {
    if (emulated >= FIRST && emulated - FIRST < clusters->all->len)
        return g_array_index(clusters->all, struct cluster, emulated - FIRST);
    return (struct cluster){{emulated}};
}
