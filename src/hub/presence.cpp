#include "hub/presence.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "proto/json.hpp"
#include "proto/rfc3339.hpp"

namespace weir::hub {
namespace {

// Of each topic so many who left are remembered until it is told: as many as can be told at most.
constexpr std::size_t kLeftKept = 1000;

proto::Event event_of(const std::string& topic, std::string type, std::string data) {
  proto::Event event;
  event.topics.push_back(topic);
  event.type = std::move(type);
  event.data = std::move(data);
  event.flags = proto::kEphemeral;
  return event;
}

proto::Event event_of(const std::string& topic, std::string type, const Present& who) {
  return event_of(topic, std::move(type),
                  fmt::format(R"({},"topic":{}}})", presence_json(who), proto::json_string(topic)));
}

}  // namespace

bool Presence::ById::operator()(const Member* a, const Member* b) const {
  return std::tie(a->who.id, a) < std::tie(b->who.id, b);
}

std::unique_ptr<Presence::Member> Presence::join(std::unique_ptr<Member> member) {
  for (const auto& name : member->topics) {
    auto& topic = topics_[name];
    topic.members.insert(member.get());
    topic.joined.insert(member.get());
    note_change(name, topic);
  }
  ++members_;
  return member;
}

void Presence::leave(std::unique_ptr<Member> member) {
  for (const auto& name : member->topics) {
    auto& topic = topics_.find(name)->second;
    topic.members.erase(member.get());
    if (topic.joined.erase(member.get()) > 0) {
      cancelled_ += 2;
    } else {
      ++topic.left_count;
      if (topic.left.size() < kLeftKept) topic.left.push_back(member->who);
    }
    note_change(name, topic);
  }
  --members_;
}

void Presence::note_change(const std::string& name, Topic& topic) {
  if (std::exchange(topic.listed, true)) return;
  changed_.push_back(name);
}

void Presence::page(std::string_view topic, std::string_view after, std::size_t limit,
                    PresencePage& out) const {
  const auto at = topics_.find(topic);
  if (at == topics_.end()) return;
  const auto& members = at->second.members;
  out.total += members.size();
  auto next = members.begin();
  if (!after.empty()) {
    // Later than any member with this very id.
    Member key{{std::string(after) + '\0', {}, {}, 0}, {}};
    next = members.lower_bound(&key);
  }
  for (; limit > 0 && next != members.end(); ++next, --limit) out.members.push_back((*next)->who);
}

std::vector<proto::Event> Presence::take_events(
    const std::function<bool(std::string_view topic)>& tells, std::size_t events_max,
    std::uint64_t& untold) {
  std::vector<proto::Event> events;
  untold += std::exchange(cancelled_, 0);
  for (const auto& name : std::exchange(changed_, {})) {
    const auto at = topics_.find(name);
    auto& topic = at->second;
    const auto changes = topic.left_count + topic.joined.size();
    if (changes == 0 || !tells(name)) {
      // Nothing to say, or nobody to say it to.
    } else if (changes > events_max || topic.left_count > topic.left.size()) {
      events.push_back(
          event_of(name, "presence.changed",
                   fmt::format(R"({{"topic":{},"joined":{},"left":{}}})", proto::json_string(name),
                               topic.joined.size(), topic.left_count)));
      untold += changes;
    } else {
      for (const auto& who : topic.left) events.push_back(event_of(name, "presence.left", who));
      for (const auto* member : topic.joined) {
        events.push_back(event_of(name, "presence.joined", member->who));
      }
    }
    topic.joined.clear();
    topic.left.clear();
    topic.left_count = 0;
    topic.listed = false;
    if (topic.members.empty()) topics_.erase(at);
  }
  return events;
}

std::string presence_json(const Present& who) {
  return fmt::format(R"({{"id":{},"user":{},"since":"{}","transport":"{}")",
                     proto::json_string(who.id),
                     who.user.empty() ? "null" : proto::json_string(who.user),
                     proto::format_rfc3339(who.since), who.transport);
}

}  // namespace weir::hub
