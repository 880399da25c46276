#pragma once

#include <glib.h>

#include <list>
#include <string>
#include <vector>

#include "fault.h"
#include "fault_site.h"

namespace camsim {

/** The faults of one camera. On the default main context. */
class Faults {
 public:
  explicit Faults(FaultSite site) : site_(std::move(site)) {}
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  /** In place of one of the same kind. Throws std::runtime_error when the camera cannot do it. */
  void Begin(const Fault& fault);
  void Clear();
  std::vector<std::string> Json() const;

 private:
  struct Active {
    Active(Faults& owner, Fault fault);
    ~Active();
    Active(const Active&) = delete;
    Active& operator=(const Active&) = delete;

    Faults& owner;
    Fault fault;
    guint end_timer = 0;
    guint again_timer = 0;
  };

  void End(const Active& active);

  const FaultSite site_;
  std::list<Active> active_;
};

}  // namespace camsim
