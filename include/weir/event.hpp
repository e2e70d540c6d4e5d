#pragma once

// Events: what is published, and what comes back.
//
//   weir::Event event{.topics = {"orders/17"}, .type = "paid", .data = R"({"total":"9.90"})"};
//
// A published event gets a place in the log, and with it a cursor: "everything up to and including
// this place has been seen". Cursors are texts of no meaning to a program, at most 37 bytes, the
// same on every stream and every transport, and they outlive the process: kept beside whatever a
// program makes of its events, they are where it goes on after a restart.
//
// An ephemeral event reaches those who are connected, is stored nowhere, and has no cursor.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// An event to be published. What is not set is as in `POST /v1/publish`. A value type.
struct Event {
  /// At least one: 1 to 1,024 bytes of UTF-8 without control characters. The first is canonical.
  std::vector<std::string> topics = {};
  std::string type = {};    ///< What `event:` says; empty: the default type, "message".
  std::string data = {};    ///< Any bytes; UTF-8 for those who follow it as text.
  std::string id = {};      ///< The publisher's own; not the cursor.
  std::string key = {};     ///< For conflation: a newer event of a key stands for the older ones.
  bool is_private = false;  ///< Only for those whose grants name its topic.
  bool ephemeral = false;   ///< For who is connected; never stored.
  bool last = false;        ///< Ends its topics: their streams finish with it.
  /// After so long it is no longer delivered; 0: never. Whole milliseconds.
  std::chrono::milliseconds ttl{0};
  /// When it happened; none: when it is committed.
  std::optional<std::chrono::system_clock::time_point> time = {};
};

/// What a publish is answered with, once its events are as durable as the settings ask for.
struct Published {
  std::string cursor;  ///< Of the last event; of ephemeral ones alone, where the log stands.
  std::uint64_t first_sequence = 0;  ///< Of the durable events; 0 if there is none.
  std::uint64_t last_sequence = 0;
  bool repeated = false;  ///< The answer of an earlier publish with the same idempotency key.
};

/// An event as a subscriber in the process gets it. The views are valid during the call that brings
/// it, and no longer.
struct Delivery {
  std::string_view cursor;  ///< Where to go on after it; empty for an ephemeral event.
  std::uint64_t sequence = 0;
  std::span<const std::string_view> topics;
  std::string_view type;  ///< Empty: the default type.
  std::string_view data;
  std::string_view id;
  std::string_view key;
  std::chrono::system_clock::time_point time;
  bool is_private = false;
  bool ephemeral = false;
  bool last = false;
};

/// Events that somebody asked for are not there any more. Delivery goes on right after
/// `available_from`.
struct Gap {
  std::string requested;       ///< The cursor that could not be honoured.
  std::string available_from;  ///< A cursor.
  std::string reason;          ///< "trimmed", "epoch" or "unknown".
};

}  // namespace weir
