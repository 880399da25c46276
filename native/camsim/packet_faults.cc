#include "packet_faults.h"

#include <utility>

#include "corrupt.h"

namespace camsim {
namespace {

/** FNV-1a: std::hash may differ from build to build. */
uint64_t Hash(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

GstPtr<GstBuffer> Corrupted(const GstPtr<GstBuffer>& packet, bool h265, Random& random) {
  std::vector<uint8_t> bytes(gst_buffer_get_size(packet.get()));
  gst_buffer_extract(packet.get(), 0, bytes.data(), bytes.size());
  Corrupt(bytes, h265, random);
  GstPtr<GstBuffer> spoilt(gst_buffer_new_memdup(bytes.data(), bytes.size()));
  gst_buffer_copy_into(spoilt.get(), packet.get(), GST_BUFFER_COPY_METADATA, 0, static_cast<gsize>(-1));
  return spoilt;
}

}  // namespace

PacketFaults::PacketFaults(const std::string& name) : random_(Hash(name)) {}

void PacketFaults::Seed(uint64_t seed) {
  std::lock_guard lock(mutex_);
  random_ = Random(seed);
}

void PacketFaults::SetLoss(double fraction) {
  std::lock_guard lock(mutex_);
  loss_ = fraction;
}

void PacketFaults::SetReorder(double fraction, int distance) {
  std::lock_guard lock(mutex_);
  reorder_ = fraction;
  distance_ = distance;
}

void PacketFaults::SetCorrupt(double fraction) {
  std::lock_guard lock(mutex_);
  corrupt_ = fraction;
}

void PacketFaults::SetRate(double bytes_per_second) {
  std::lock_guard lock(mutex_);
  bucket_.reset();
  if (bytes_per_second > 0) bucket_.emplace(bytes_per_second, Clock::now());
}

void PacketFaults::Pass(GstPtr<GstBuffer> packet, bool h265, Clock::time_point now, Held& held,
                        Packets& out) {
  std::lock_guard lock(mutex_);
  if (silent_) return;
  if (Loses(packet.get(), now)) {
    ++stats_.lost;
    return;
  }
  if (random_.Happens(corrupt_)) {
    ++stats_.corrupted;
    packet = Corrupted(packet, h265, random_);
  }
  if (random_.Happens(reorder_)) {
    ++stats_.reordered;
    held.push_back({std::move(packet), distance_});
    return;
  }
  Send(std::move(packet), out);
  for (auto& late : held) --late.overtaken_by;
  for (; !held.empty() && held.front().overtaken_by <= 0; held.pop_front()) {
    Send(std::move(held.front().packet), out);
  }
}

bool PacketFaults::Loses(GstBuffer* packet, Clock::time_point now) {
  if (random_.Happens(loss_)) return true;
  if (!bucket_) return false;
  const size_t size = gst_buffer_get_size(packet);
  if (bucket_->Available(now) < size) return true;
  bucket_->Take(size);
  return false;
}

void PacketFaults::Send(GstPtr<GstBuffer> packet, Packets& out) {
  ++stats_.sent;
  out.push_back(std::move(packet));
}

std::chrono::nanoseconds PacketFaults::Delay() {
  const auto most = static_cast<uint64_t>(jitter_.load().count());
  std::lock_guard lock(mutex_);
  return std::chrono::nanoseconds(random_.Below(most + 1));
}

PacketStats PacketFaults::Stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace camsim
