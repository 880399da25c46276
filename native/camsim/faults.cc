#include "faults.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace camsim {
namespace {

guint Milliseconds(double seconds) { return static_cast<guint>(seconds * 1000); }

/** Of a kind that has another use for "seconds" a fault lasts until it is cleared. */
bool EndsByItself(const Fault& fault) {
  const auto& own = fault.kind->parameters;
  const bool other_use = std::any_of(own.begin(), own.end(), [](const FaultParameter& parameter) {
    return std::string_view(parameter.name) == "seconds";
  });
  return fault.Has("seconds") && !other_use;
}

}  // namespace

Faults::Active::Active(Faults& owner, Fault begun) : owner(owner), fault(std::move(begun)) {
  if (EndsByItself(fault)) {
    const auto end = [](gpointer data) -> gboolean {
      auto& self = *static_cast<Active*>(data);
      self.end_timer = 0;
      self.owner.End(self);
      return G_SOURCE_REMOVE;
    };
    end_timer = g_timeout_add(Milliseconds(fault.Number("seconds")), end, this);
  }
  if (fault.kind->again) {
    const auto again = [](gpointer data) -> gboolean {
      const auto& self = *static_cast<Active*>(data);
      self.fault.kind->again(self.owner.site_);
      return G_SOURCE_CONTINUE;
    };
    again_timer = g_timeout_add(Milliseconds(fault.Number("everySeconds")), again, this);
  }
}

Faults::Active::~Active() {
  if (end_timer) g_source_remove(end_timer);
  if (again_timer) g_source_remove(again_timer);
}

void Faults::Begin(const Fault& fault) {
  if (fault.kind->needs_link && !site_.link) {
    throw std::runtime_error(std::string(fault.kind->name) + ": needs \"ownPort\": true in the config");
  }
  fault.kind->begin(site_, fault);
  if (!fault.kind->end) return;
  active_.remove_if([&](const Active& active) { return active.fault.kind == fault.kind; });
  active_.emplace_back(*this, fault);
}

void Faults::Clear() {
  while (!active_.empty()) End(active_.front());
}

void Faults::End(const Active& active) {
  const FaultKind* kind = active.fault.kind;
  active_.remove_if([&](const Active& each) { return &each == &active; });
  kind->end(site_);
}

std::vector<std::string> Faults::Json() const {
  std::vector<std::string> list;
  for (const auto& active : active_) list.push_back(active.fault.Json());
  return list;
}

}  // namespace camsim
