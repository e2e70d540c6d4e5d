#pragma once

#include <span>
#include <vector>

#include "log/batch_codec.hpp"
#include "log/namespaces.hpp"
#include "proto/event.hpp"

namespace weir::log {

/// The events of the commit in the making. One thread.
class BatchBuilder {
 public:
  /// A batch of events that are not stored: for whoever is connected. Any thread.
  static BatchPtr ephemeral(base::Epoch epoch, std::span<const proto::Event> events,
                            base::UnixMillis now);

  /// Begins anew, after the position `head`.
  void begin(base::Sequence head, base::UnixMillis now);

  /// The event's position, if it stays.
  base::Sequence append(proto::Event event, const NamespaceRules& rules);
  /// Takes back all but the first `size` events.
  void truncate(std::size_t size);

  std::size_t size() const { return pending_.size(); }
  std::size_t bytes() const { return bytes_; }
  base::Sequence last() const { return head_ + pending_.size(); }
  const proto::Event& event(std::size_t index) const { return pending_[index].event; }
  base::Sequence sequence(std::size_t index) const { return head_ + index + 1; }

  /// A row of a namespace, and how lasting its events are meant to be.
  struct Row {
    EncodedRow row;
    base::Durability durability;
  };
  /// One row per namespace that occurs, in order of first use, as lasting as the event that asks
  /// for most. There is at least one event.
  std::vector<Row> encode() const;
  /// Of each event, whether its row is not to be stored.
  std::vector<bool> unstored(const std::vector<Row>& rows) const;

 private:
  struct Pending {
    proto::Event event;
    NamespaceId namespace_id;
    base::Durability durability;
  };

  base::Sequence head_;
  base::UnixMillis now_ = 0;
  std::size_t bytes_ = 0;
  std::vector<Pending> pending_;
};

}  // namespace weir::log
