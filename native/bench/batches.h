// Batches of metadata as the pipeline makes them, without pictures.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "nvdsmeta.h"

namespace weir {

class SyntheticBatch {
 public:
  // One frame per stream. With a seed, objects are wild. Throws std::bad_alloc where the meta library gives
  // none.
  SyntheticBatch(unsigned streams, unsigned objects, std::optional<uint32_t> seed = {});
  ~SyntheticBatch();
  SyntheticBatch(const SyntheticBatch&) = delete;
  SyntheticBatch& operator=(const SyntheticBatch&) = delete;

  // The next frame of every stream: numbers, times and boxes move on.
  void advance();
  const NvDsBatchMeta& meta() const { return *batch_; }

 private:
  NvDsBatchMeta* batch_;
  std::optional<std::mt19937> wild_;
  int number_ = 0;
};

// The members of a GList of metas.
template <class Meta, class Each>
void each_meta(const GList* list, Each each) {
  for (const GList* item = list; item != nullptr; item = item->next) each(*static_cast<Meta*>(item->data));
}

}  // namespace weir
