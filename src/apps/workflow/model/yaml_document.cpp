#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <cmath>
#include <istream>
#include <map>
#include <streambuf>

#include "apps/workflow/model/budget.hpp"
#include "apps/workflow/model/definition.hpp"
#include "apps/workflow/model/lines.hpp"
#include "apps/workflow/model/source_document.hpp"
#include "apps/workflow/model/yaml_scalar.hpp"
#include "proto/utf8.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

constexpr std::size_t kAliasBytesMax = 4 * kDefinitionBytesMax;  // Copied in all.

/// Thrown through the library by what it calls, and caught by read_yaml.
struct Stop {};

/// A text as a stream, without a copy.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    // The stream only reads.
    char* const begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

/// Builds the value that the library's events tell of. A container stays where it is in its parent
/// while it is open: only the innermost grows.
class YamlBuilder : public YAML::EventHandler {
 public:
  YamlBuilder(SourceDocument& document, Problems& problems)
      : document_(document), problems_(problems), lines_(document.text) {}

  [[noreturn]] void stop(std::string_view pointer, const YAML::Mark& mark, std::string message) {
    const Place at = place(mark);
    problems_.push_back({std::string(pointer), at.line, at.column, std::move(message)});
    throw Stop();
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (takes_name()) stop(pointer(), mark, "a member's name is missing");
    scalar(mark, anchor, nullptr);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (takes_name()) stop(pointer(), mark, "a member's name is a string, and no alias");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      stop(next_pointer(), mark, "this alias stands within its own anchor");
    }
    if (!copies_.spend_on(found->second)) {
      stop(next_pointer(), mark,
           fmt::format("the aliases stand for more than {} bytes", kAliasBytesMax));
    }
    place_value(mark).first = found->second;
    close_member();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (takes_name()) return name(mark, text);
    auto value = yaml_scalar(tag, text);
    if (!value) stop(next_pointer(), mark, value.error().detail);
    scalar(mark, anchor, std::move(*value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, "tag:yaml.org,2002:seq", anchor, json::array());
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, "tag:yaml.org,2002:map", anchor, json::object());
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    json::value* container;
    std::string pointer;
    YAML::anchor_t anchor;
    std::optional<std::string> name;  ///< Of the member whose value comes next.
  };

  Place place(const YAML::Mark& mark) const {
    return lines_.place(mark.is_null() ? 0 : static_cast<std::size_t>(mark.pos));
  }
  std::string_view pointer() const {
    return frames_.empty() ? std::string_view() : frames_.back().pointer;
  }
  /// Of the value that comes next.
  std::string next_pointer() const {
    if (frames_.empty()) return {};
    const auto& frame = frames_.back();
    if (const auto* array = frame.container->if_array()) {
      return pointer_step(frame.pointer, array->size());
    }
    return pointer_step(frame.pointer, std::string_view(*frame.name));
  }
  bool takes_name() const {
    return !frames_.empty() && frames_.back().container->is_object() && !frames_.back().name;
  }

  void name(const YAML::Mark& mark, const std::string& text) {
    auto& frame = frames_.back();
    const std::string inner = pointer_step(frame.pointer, std::string_view(text));
    if (frame.container->get_object().contains(text)) {
      stop(inner, mark, fmt::format("\"{}\" is there twice", text));
    }
    document_.names.emplace(inner, place(mark));
    frame.name = text;
  }

  /// Where the next value goes, and its pointer.
  std::pair<json::value&, std::string> place_value(const YAML::Mark& mark) {
    std::string inner = next_pointer();
    json::value* target = &document_.value;
    if (!frames_.empty()) {
      auto& frame = frames_.back();
      auto* array = frame.container->if_array();
      target = array != nullptr ? &array->emplace_back(nullptr)
                                : &frame.container->get_object()[*frame.name];
    }
    if (document_.values.size() >= kDocumentValuesMax) {
      stop(inner, mark, fmt::format("more than {} values", kDocumentValuesMax));
    }
    document_.values.emplace(inner, place(mark));
    return {*target, std::move(inner)};
  }
  void close_member() {
    if (!frames_.empty()) frames_.back().name.reset();
  }

  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, json::value value) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = value;
    place_value(mark).first = std::move(value);
    close_member();
  }

  void open(const YAML::Mark& mark, const std::string& tag, std::string_view usual,
            YAML::anchor_t anchor, json::value empty) {
    if (takes_name()) stop(pointer(), mark, "a member's name is a string");
    if (!tag.empty() && tag != "?" && tag != "!" && tag != usual) {
      stop(next_pointer(), mark, fmt::format("the tag {} has no meaning here", tag));
    }
    auto [target, inner] = place_value(mark);
    if (frames_.size() >= kDocumentDepthMax) {
      stop(inner, mark, fmt::format("more than {} levels deep", kDocumentDepthMax));
    }
    target = std::move(empty);
    frames_.push_back({&target, std::move(inner), anchor, std::nullopt});
  }

  void close() {
    const Frame closed = std::move(frames_.back());
    frames_.pop_back();
    if (closed.anchor != YAML::NullAnchor) {
      if (!copies_.spend_on(*closed.container)) throw_too_large();
      anchors_[closed.anchor] = *closed.container;
    }
    close_member();
  }
  [[noreturn]] void throw_too_large() {
    stop(pointer(), YAML::Mark::null_mark(),
         fmt::format("the anchors stand for more than {} bytes", kAliasBytesMax));
  }

  SourceDocument& document_;
  Problems& problems_;
  Lines lines_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, json::value> anchors_;
  Budget copies_{kAliasBytesMax};
};

/// The first byte of what YAML does not allow: control characters and what is no UTF-8.
std::optional<std::size_t> unprintable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<SourceDocument> read_yaml(std::string_view text, Problems& problems) {
  SourceDocument document;
  document.text = text;
  if (!proto::is_utf8(text)) {
    problems.push_back({"", 1, 1, "the text is not UTF-8"});
    return std::nullopt;
  }
  if (const auto at = unprintable(text)) {
    const Place place = Lines(text).place(*at);
    problems.push_back({"", place.line, place.column, "a control character"});
    return std::nullopt;
  }
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  YamlBuilder builder(document, problems);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      problems.push_back({"", 1, 1, "the text is empty"});
      return std::nullopt;
    }
    if (parser) builder.stop("", YAML::Mark(), "there is more than one document");
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    const Place place =
        Lines(text).place(error.mark.is_null() ? 0 : static_cast<std::size_t>(error.mark.pos));
    problems.push_back({"", place.line, place.column, "this is no YAML: " + error.msg});
    return std::nullopt;
  }
  return document;
}

}  // namespace weir::apps::workflow
