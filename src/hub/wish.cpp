#include "hub/wish.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "log/derived_batch.hpp"

namespace weir::hub {
namespace {

/// With its length, so that no text can look like the beginning of the next part.
void append_part(std::string& name, char kind, std::string_view text) {
  name.append(fmt::format("\n{}{}:", kind, text.size())).append(text);
}

void append_selectors(std::string& name, char topic, char pattern,
                      const proto::Selectors& selectors) {
  for (const auto& each : selectors.topics) append_part(name, topic, each);
  for (const auto& each : selectors.patterns) append_part(name, pattern, each.text());
}

}  // namespace

bool Wish::wants(const proto::EventView& event) const {
  if (private_topics != nullptr && event.has(proto::kPrivate) &&
      std::none_of(event.topics.begin(), event.topics.end(),
                   [this](const auto& topic) { return private_topics->matches(topic); })) {
    return false;
  }
  // Whoever hears that a topic has ended must also get the position of its end, or would come back
  // again and again.
  return filter == nullptr || event.has(proto::kTerminal) || filter->matches(event);
}

std::string Wish::name() const {
  std::string name = fmt::format("{}{}", conflate ? 'k' : '-', max_rate);
  append_selectors(name, '=', '~', *selectors);
  if (filter != nullptr) append_part(name, '?', filter->text());
  if (fields != nullptr) append_part(name, '.', fields->text());
  if (private_topics != nullptr) {
    name.append("\n!");
    append_selectors(name, '+', '*', *private_topics);
  }
  return name;
}

std::size_t select(const Wish& wish, const log::Batch& batch,
                   std::span<const log::EventRange> ranges, std::vector<log::EventRange>& out) {
  std::size_t left_out = 0;
  for (const auto& range : ranges) {
    bool joins = false;
    for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
      if (!wish.wants(batch[i])) {
        ++left_out;
        joins = false;
      } else if (joins) {
        ++out.back().count;
      } else {
        out.push_back({i, 1});
        joins = true;
      }
    }
  }
  return left_out;
}

void project(const proto::FieldMask& fields, std::vector<Piece>& pieces,
             std::list<log::BatchPtr>& derived) {
  std::vector<Piece> projected;
  std::vector<log::EventRange> ranges;
  for (std::size_t i = 0; i < pieces.size();) {
    const auto& batch = *pieces[i].batch;
    ranges.clear();
    std::uint32_t events = 0;
    for (; i < pieces.size() && *pieces[i].batch == batch; ++i) {
      ranges.push_back(pieces[i].range);
      events += pieces[i].range.count;
    }
    derived.push_back(log::DerivedBatch::make(
        batch, ranges,
        [&](std::string_view data, std::string& out) { fields.project(data, out); }));
    projected.push_back({&derived.back(), {0, events}});
  }
  pieces = std::move(projected);
}

}  // namespace weir::hub
