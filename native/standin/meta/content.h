// What each kind of metadata owns besides its own bytes, freed before an element is used again.
// The signature is that of NvDsMetaPool::release_func.
#pragma once

#include "nvdsmeta.h"

namespace weir::standin::meta {

void empty_frame(gpointer data, gpointer);
void empty_object(gpointer data, gpointer);
void empty_classifier(gpointer data, gpointer);
void empty_display(gpointer data, gpointer);
void empty_label_info(gpointer data, gpointer);
void empty_user(gpointer data, gpointer);

}  // namespace weir::standin::meta
