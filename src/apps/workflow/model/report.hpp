#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "apps/workflow/model/problem.hpp"
#include "apps/workflow/model/source_document.hpp"

namespace weir::apps::workflow {

/// Collects problems and finds their places. One thread; the document outlives it.
class Report {
 public:
  /// Without a document problems have no lines.
  explicit Report(const SourceDocument* document = nullptr) : document_(document) {}

  /// About the value at `pointer`.
  void value(std::string_view pointer, std::string message);
  /// About the member's name: it should not be there.
  void name(std::string_view pointer, std::string message);
  /// About what stands behind `at` bytes of the string at `pointer`.
  void inside(std::string_view pointer, std::size_t at, std::string message);

  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return problems_.size(); }
  /// In the order of the text, each once, and no more than `count_max`.
  Problems take(std::size_t count_max);

 private:
  void add(std::string_view pointer, Place place, std::string message);

  const SourceDocument* document_;
  Problems problems_;
};

}  // namespace weir::apps::workflow
