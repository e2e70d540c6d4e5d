#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_map.hpp"
#include "base/types.hpp"
#include "proto/event.hpp"

namespace weir::hub {

/// Who is connected, as others see it.
struct Present {
  std::string id;              ///< The server's own for the connection: nobody can take another's.
  std::string user;            ///< Verified; empty: unknown.
  std::string_view transport;  ///< Of static lifetime.
  base::UnixMillis since = 0;
};

/// Present people of one topic: `members` in the order of their ids, and how many there are in all.
struct PresencePage {
  std::vector<Present> members;
  std::uint64_t total = 0;
};

/// Who is subscribed by name to the topics of one shard where that is kept, and who came and went
/// since that was last told. Bound to subscribers: nothing is stored, so nobody is left behind by a
/// crash. Shard thread only.
class Presence {
 public:
  /// One subscriber's presence on its topics. Owned by it; ends with `leave`.
  struct Member {
    Present who;
    std::vector<std::string> topics;
  };

  /// From now on the member is on its topics, one or more.
  std::unique_ptr<Member> join(std::unique_ptr<Member> member);
  void leave(std::unique_ptr<Member> member);

  /// The first `limit` members of the topic whose ids are later than `after`. Appends.
  void page(std::string_view topic, std::string_view after, std::size_t limit,
            PresencePage& out) const;

  /// Whether anybody came or went since the last `take_events`.
  bool changed() const { return !changed_.empty(); }
  /// What has changed, as ephemeral events on the topics for which `tells` holds: who left, then
  /// who joined. Who came and went in between is not told. More than `events_max` of one topic are
  /// one `presence.changed` that counts them. `untold` is raised by the changes that have no event
  /// of their own.
  std::vector<proto::Event> take_events(const std::function<bool(std::string_view topic)>& tells,
                                        std::size_t events_max, std::uint64_t& untold);

  std::size_t members() const { return members_; }

 private:
  struct ById {
    bool operator()(const Member* a, const Member* b) const;
  };
  struct Topic {
    std::set<const Member*, ById> members;
    std::set<const Member*, ById> joined;  ///< Since the last telling.
    std::vector<Present> left;             ///< Since then, the first of them.
    std::uint64_t left_count = 0;
    bool listed = false;  ///< Is in `changed_`.
  };
  using Topics = base::StringMap<Topic>;

  void note_change(const std::string& name, Topic& topic);

  Topics topics_;
  std::vector<std::string> changed_;
  std::size_t members_ = 0;
  std::uint64_t cancelled_ = 0;  ///< Changes undone before they were told.
};

/// `{"id","user","since","transport"` of a member, for listings and events; the caller goes on or
/// closes the object.
std::string presence_json(const Present& who);

}  // namespace weir::hub
