#include "pipeline/source_identity.h"

#include <algorithm>
#include <utility>

namespace weir {

SourceIdentity::SourceIdentity(int slot, uint32_t token, int64_t epoch, std::string supported,
                               std::shared_ptr<Reports> reports)
    : slot_(slot),
      token_(token),
      epoch_(epoch),
      supported_(std::move(supported)),
      reports_(std::move(reports)) {}

void SourceIdentity::fail(const ErrorReport& error) {
  if (failed_.exchange(true)) return;
  report({.type = Event::Type::kSourceError,
          .cause = error.cause,
          .status = error.status,
          .message = error.message});
}

void SourceIdentity::report(Event event) {
  event.slot = slot_;
  event.epoch = epoch_;
  std::lock_guard lock(told_);
  if (!closed_) reports_->emit(event);
}

void SourceIdentity::close() {
  std::lock_guard lock(told_);
  closed_ = true;
}

void SourceIdentity::connected() {
  if (!connected_.exchange(true)) report({.type = Event::Type::kConnected});
}

void SourceIdentity::refuse(const std::string& codec) {
  std::lock_guard lock(mutex_);
  if (std::find(refused_.begin(), refused_.end(), codec) == refused_.end()) refused_.push_back(codec);
}

std::string SourceIdentity::unsupported() const {
  std::lock_guard lock(mutex_);
  if (accepted_ || refused_.empty()) return "";
  std::string list;
  for (const std::string& codec : refused_) list += (list.empty() ? "" : ", ") + codec;
  return "the source has " + list + "; supported is " + supported_;
}

void SourceIdentity::check_accepted() {
  if (const std::string text = unsupported(); !text.empty()) fail({.cause = "codec", .message = text});
}

// An element whose streams were all refused fails with a cause of its own; ours says more. And who could be
// reached, but cannot be any longer, has gone away.
void SourceIdentity::on_error(const ErrorReport& error) {
  check_accepted();
  ErrorReport known = error;
  if (connected_ && known.cause == "unreachable") {
    known.cause = "eos";
    known.message = "the connection broke: " + known.message;
  }
  fail(known);
}

void SourceIdentity::on_warning(const ErrorReport& warning) {
  report({.type = Event::Type::kWarning, .message = warning.message});
}

}  // namespace weir
