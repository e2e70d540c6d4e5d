#include "apps/workflow/model/report.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "apps/workflow/model/functions_text.hpp"

namespace weir::apps::workflow {
namespace {

constexpr std::size_t kKeptMax = 1'000;

}  // namespace

void Report::add(std::string_view pointer, Place place, std::string message) {
  // More than anybody reads: a hostile text could have as many as it has values.
  if (problems_.size() >= kKeptMax) return;
  problems_.push_back({std::string(pointer), place.line, place.column, std::move(message)});
}

void Report::value(std::string_view pointer, std::string message) {
  add(pointer, document_ == nullptr ? Place{} : document_->place_of(pointer), std::move(message));
}

void Report::name(std::string_view pointer, std::string message) {
  add(pointer, document_ == nullptr ? Place{} : document_->name_place_of(pointer),
      std::move(message));
}

void Report::inside(std::string_view pointer, std::size_t at, std::string message) {
  if (document_ == nullptr) return add(pointer, {}, std::move(message));
  Place place = document_->place_of(pointer);
  boost::system::error_code none;
  const auto* string = document_->value.find_pointer({pointer.data(), pointer.size()}, none);
  if (string == nullptr || !string->is_string()) return add(pointer, place, std::move(message));
  // A string that stands in the text as it is, but for quotes around it, can be pointed into.
  // Escapes, folded lines and blocks cannot: then the string's beginning has to do.
  std::string_view rest = document_->text.substr(std::min(place.offset, document_->text.size()));
  const bool quoted = rest.starts_with('"') || rest.starts_with('\'');
  if (quoted) rest.remove_prefix(1);
  const auto& content = string->get_string();
  const auto before = std::string_view(content.data(), content.size()).substr(0, at);
  if (rest.starts_with(before) && before.find('\n') == std::string_view::npos) {
    place.column += static_cast<int>(count_characters(before)) + (quoted ? 1 : 0);
  }
  add(pointer, place, std::move(message));
}

Problems Report::take(std::size_t count_max) {
  const auto place = [](const Problem& problem) { return std::tie(problem.line, problem.column); };
  std::stable_sort(problems_.begin(), problems_.end(),
                   [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
  problems_.erase(std::unique(problems_.begin(), problems_.end()), problems_.end());
  if (problems_.size() > count_max) problems_.resize(count_max);
  return std::exchange(problems_, {});
}

}  // namespace weir::apps::workflow
