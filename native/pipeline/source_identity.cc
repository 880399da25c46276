#include "pipeline/source_identity.h"

#include <algorithm>
#include <utility>

namespace weir {

SourceIdentity::SourceIdentity(int slot, int64_t epoch, std::string supported,
                               std::shared_ptr<Reports> reports)
    : slot_(slot), epoch_(epoch), supported_(std::move(supported)), reports_(std::move(reports)) {}

void SourceIdentity::fail(const ErrorReport& error) {
  if (closed_ || failed_.exchange(true)) return;
  report({.type = Event::Type::kSourceError,
          .cause = error.cause,
          .status = error.status,
          .message = error.message});
}

void SourceIdentity::report(Event event) {
  if (closed_) return;
  event.slot = slot_;
  event.epoch = epoch_;
  reports_->emit(event);
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

// An element whose streams were all refused fails with a cause of its own; ours says more.
void SourceIdentity::on_error(const ErrorReport& error) {
  check_accepted();
  fail(error);
}

void SourceIdentity::on_warning(const ErrorReport& warning) {
  report({.type = Event::Type::kWarning, .message = warning.message});
}

}  // namespace weir
