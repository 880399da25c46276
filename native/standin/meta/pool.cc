#include "pool.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

namespace weir::standin::meta {
namespace {

constexpr guint kFirstElements = 4;

GList* move_link(GList* link, GList** from, GList** to) {
  *from = g_list_remove_link(*from, link);
  *to = g_list_concat(link, *to);
  return link;
}

void keep_link(Slot* slot, GList* link) {
  if (slot->spare_link == nullptr) {
    link->prev = link->next = nullptr;
    slot->spare_link = link;
  } else {
    g_list_free_1(link);
  }
}

}  // namespace

Pool::Pool(NvDsBatchMeta* batch, NvDsMetaType type, guint size, NvDsMetaReleaseFunc release)
    : NvDsMetaPool{}, batch_(batch) {
  meta_type = type;
  element_size = size;
  release_func = release;
}

Pool::~Pool() {
  release_all();
  for (GList* link = empty_list; link != nullptr; link = link->next)
    if (GList* spare = slot_of(link->data)->spare_link) g_list_free_1(spare);
  g_list_free(empty_list);
}

gpointer Pool::acquire() {
  if (empty_list == nullptr) grow();
  gpointer element = move_link(empty_list, &empty_list, &full_list)->data;
  num_empty_elements--;
  num_full_elements++;
  slot_of(element)->used = true;
  init(element);
  return element;
}

void Pool::release(gpointer element) {
  Slot* slot = slot_of(element);
  if (!slot->used) {
    g_critical("metadata of type %d at %p was released twice", meta_type, element);
    return;
  }
  // First, so that an element whose release comes back here is not released again.
  slot->used = false;
  release_func(element, nullptr);
  std::memset(element, 0, element_size);
  move_link(slot->pool_link, &full_list, &empty_list);
  num_full_elements--;
  num_empty_elements++;
}

void Pool::release_all() {
  while (full_list != nullptr) release(full_list->data);
}

void Pool::grow() {
  const guint count = std::max(kFirstElements, max_elements_in_pool);
  const size_t stride = (sizeof(Slot) + element_size + alignof(Slot) - 1) / alignof(Slot) * alignof(Slot);
  auto block = std::make_unique<std::byte[]>(stride * count);
  for (guint i = 0; i < count; i++) {
    auto* slot = new (&block[stride * i]) Slot{};
    slot->pool = this;
    slot->pool_link = empty_list = g_list_prepend(empty_list, slot + 1);
  }
  blocks_.push_back(std::move(block));
  max_elements_in_pool += count;
  num_empty_elements += count;
}

void Pool::init(gpointer element) {
  auto* base = static_cast<NvDsBaseMeta*>(element);
  base->batch_meta = batch_;
  base->meta_type = meta_type;
  if (meta_type == NVDS_OBJ_META) static_cast<NvDsObjectMeta*>(element)->object_id = UNTRACKED_OBJECT_ID;
}

void append(GList** list, gpointer element) {
  Slot* slot = slot_of(element);
  GList* link = slot->spare_link;
  slot->spare_link = nullptr;
  if (link == nullptr) link = g_list_alloc();
  link->data = element;
  *list = g_list_concat(*list, link);
}

bool take_out(GList** list, gpointer element) {
  GList* link = g_list_find(*list, element);
  if (link == nullptr) return false;
  *list = g_list_remove_link(*list, link);
  keep_link(slot_of(element), link);
  return true;
}

guint release_list(GList* list) {
  guint count = 0;
  while (list != nullptr) {
    GList* link = list;
    gpointer element = link->data;
    list = g_list_remove_link(list, link);
    keep_link(slot_of(element), link);
    release(element);
    count++;
  }
  return count;
}

}  // namespace weir::standin::meta
