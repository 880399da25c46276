// The pools behind a batch's metadata. Elements and their list links are used again, never given back
// before the batch itself is.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "nvdsmeta.h"

namespace weir::standin::meta {

class Pool : public NvDsMetaPool {
 public:
  // `release` frees what an element owns; it runs before the element is used again.
  Pool(NvDsBatchMeta* batch, NvDsMetaType type, guint element_size, NvDsMetaReleaseFunc release);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  gpointer acquire();
  void release(gpointer element);
  void release_all();

 private:
  void grow();
  void init(gpointer element);

  NvDsBatchMeta* batch_;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

// What lies in front of every element: the ABI's structs have no room for it.
struct Slot {
  Pool* pool;
  GList* pool_link;
  // A link kept for the list the element will be added to.
  GList* spare_link;
  // The element's copy while its list is being copied: parents are found through it.
  gpointer copy;
  bool used;
};

inline Slot* slot_of(gconstpointer element) { return static_cast<Slot*>(const_cast<gpointer>(element)) - 1; }

// Gives an element back to the pool it came from.
inline void release(gpointer element) { slot_of(element)->pool->release(element); }

// Appends with the element's own link.
void append(GList** list, gpointer element);
// Takes the element out, keeping its link. False when it is not in the list.
bool take_out(GList** list, gpointer element);
// Releases all elements of a list and keeps their links. Returns how many there were.
guint release_list(GList* list);

class Lock {
 public:
  explicit Lock(NvDsBatchMeta* batch) : batch_(batch) { g_rec_mutex_lock(&batch->meta_mutex); }
  ~Lock() { g_rec_mutex_unlock(&batch_->meta_mutex); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  NvDsBatchMeta* batch_;
};

}  // namespace weir::standin::meta
