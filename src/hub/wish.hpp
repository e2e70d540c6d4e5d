#pragma once

#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hub/transport.hpp"
#include "log/batch.hpp"
#include "proto/field_mask.hpp"
#include "proto/filter.hpp"
#include "proto/selector.hpp"

namespace weir::hub {

/// What a subscriber wants of its topics if it does not want everything as it comes.
struct Refinement {
  std::shared_ptr<const proto::Filter> filter;     ///< Null: every event.
  std::shared_ptr<const proto::FieldMask> fields;  ///< Null: the whole data.
  /// Topics of which private events may be seen; null: of all.
  std::shared_ptr<const proto::Selectors> private_topics;
  double max_rate = 0;    ///< Events a second, with `conflate` those of one key; 0: as they come.
  bool conflate = false;  ///< Of what waits, only the newest event of each key.
};

/// What a subscriber wants: of which topics, and what of them.
struct Wish {
  std::shared_ptr<const proto::Selectors> selectors;
  std::shared_ptr<const Refinement> refinement;  ///< Null: everything, as for nearly all.

  /// Whether some events of the topics are not wanted.
  bool selects_events() const {
    return refinement != nullptr &&
           (refinement->filter != nullptr || refinement->private_topics != nullptr);
  }
  /// Null: the whole data is wanted.
  const proto::FieldMask* fields() const {
    return refinement == nullptr ? nullptr : refinement->fields.get();
  }
  bool paced() const { return refinement != nullptr && refinement->max_rate > 0; }
  bool conflates() const { return refinement != nullptr && refinement->conflate; }
  /// Whether it costs work of its own for each event.
  /// (That no private events are wanted at all is told by a flag of the event.)
  bool costs_work() const {
    return refinement != nullptr &&
           (refinement->filter != nullptr || refinement->fields != nullptr ||
            (refinement->private_topics != nullptr && !refinement->private_topics->empty()));
  }

  bool wants(const proto::EventView& event) const { return may_see(event) && passes(event); }
  /// Whether the event is not private, or of a topic that private events are granted of.
  bool may_see(const proto::EventView& event) const;
  /// Whether the filter lets it pass.
  bool passes(const proto::EventView& event) const;

  /// The same for wishes that are the same, and for no others.
  std::string name() const;
};

/// Appends the parts of the ranges that hold wanted events. Returns how many events were left out.
std::size_t select(const Wish& wish, const log::Batch& batch,
                   std::span<const log::EventRange> ranges, std::vector<log::EventRange>& out);

/// Replaces the pieces' batches by ones that hold what the mask leaves of the data; `derived` keeps
/// them for as long as the pieces are used.
void project(const proto::FieldMask& fields, std::vector<Piece>& pieces,
             std::list<log::BatchPtr>& derived);

}  // namespace weir::hub
