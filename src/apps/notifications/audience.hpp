#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "log/log.hpp"

namespace weir::apps::notifications {

/// Names that stand for many users. A group's members are the site's to say, a topic's followers
/// say so themselves.
struct Audience {
  /// The values are stored; never renumber.
  enum class Kind : std::uint8_t { kGroup = 0, kTopic = 1, kEveryone = 2 };
  Kind kind = Kind::kGroup;
  std::string name = {};  ///< Empty for everyone.
};

/// One request to tell an audience, which goes on until everybody has been told, a few in each
/// commit. How far it has come is in those commits, so a crash in between tells nobody twice.
struct Broadcast {
  std::int64_t id = 0;
  std::string body;  ///< Of the request, as it came; it names the audiences.
  base::UnixMillis created_at = 0;
  std::uint32_t audience = 0;  ///< Which of them is being told, from 0.
  std::string after_user;      ///< In it, everybody up to here is done.
  std::uint64_t told = 0;
};

namespace audience {

/// Makes the tables if there are none.
base::Result<> prepare(log::State& state);

base::Result<> add_member(log::State& state, const Audience& of, const std::string& user);
base::Result<> remove_member(log::State& state, const Audience& of, const std::string& user);
base::Result<> remove_all(log::State& state, const Audience& of);
/// In the order of names, later than `after`.
base::Result<std::vector<std::string>> members(log::State& state, const Audience& of,
                                               const std::string& after, std::size_t limit);
/// The names that a user is a member of, of one kind.
base::Result<std::vector<std::string>> names_of(log::State& state, Audience::Kind kind,
                                                const std::string& user, std::size_t limit);

base::Result<> begin(log::State& state, const Broadcast& one);
/// Of those under way the one that comes after this in a round, if there is any.
base::Result<std::optional<Broadcast>> next(log::State& state, std::int64_t after);
/// How many there are.
base::Result<std::uint64_t> under_way(log::State& state);
base::Result<> save_progress(log::State& state, const Broadcast& one);
base::Result<> finish(log::State& state, std::int64_t id);

}  // namespace audience
}  // namespace weir::apps::notifications
