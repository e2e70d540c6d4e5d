#include "hub/wish.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "log/derived_batch.hpp"

namespace weir::hub {
namespace {

/// With its length, so that no text can look like the beginning of the next part.
void append_part(std::string& name, char kind, std::string_view text) {
  name.push_back(kind);
  name.append(std::to_string(text.size())).push_back(':');
  name.append(text);
}

void append_selectors(std::string& name, const proto::Selectors& selectors) {
  for (const auto& each : selectors.topics) append_part(name, '=', each);
  for (const auto& each : selectors.patterns) append_part(name, '~', each.text());
}

bool is_granted(const proto::Selectors* private_topics, const proto::EventView& event) {
  return private_topics == nullptr || !event.has(proto::kPrivate) ||
         std::any_of(event.topics.begin(), event.topics.end(),
                     [&](const auto& topic) { return private_topics->matches(topic); });
}

}  // namespace

bool Wish::may_see(const proto::EventView& event) const {
  return refinement == nullptr || is_granted(refinement->private_topics.get(), event);
}

bool Wish::passes(const proto::EventView& event) const {
  if (refinement == nullptr) return true;
  // Whoever hears that a topic has ended must also get the position of its end, or would come back
  // again and again.
  return refinement->filter == nullptr || event.has(proto::kTerminal) ||
         refinement->filter->matches(event);
}

std::string Wish::name() const {
  std::string name;
  append_selectors(name, *selectors);
  if (refinement == nullptr) return name;
  if (refinement->filter != nullptr) append_part(name, '?', refinement->filter->text());
  if (refinement->fields != nullptr) append_part(name, '.', refinement->fields->text());
  if (refinement->private_topics != nullptr) {
    name.push_back('!');
    append_selectors(name, *refinement->private_topics);
  }
  name += fmt::format("@{}{}", refinement->max_rate, refinement->conflate ? "k" : "");
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
