// Publish bodies: what is taken is valid, and is what a parser of the whole document sees in it.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/publish_json.hpp"

namespace {

namespace json = boost::json;
using weir::proto::Event;

json::value parse_whole(std::string_view text) {
  json::parse_options options;
  options.max_depth = 64;
  json::error_code error;
  json::value document = json::parse({text.data(), text.size()}, error, {}, options);
  WEIR_CHECK(!error, "what is taken is JSON");
  return document;
}

void check_event(const Event& event, const json::value& source) {
  const json::object& members = source.as_object();
  const json::value* topics = members.if_contains("topics");
  WEIR_CHECK(event.topics.size() ==
                 (topics != nullptr && topics->is_array() ? topics->as_array().size() : 1),
             "every topic is taken");
  const json::value* data = members.if_contains("data");
  if (data == nullptr) {
    WEIR_CHECK(event.data.empty(), "no data is empty data");
  } else if (const auto* text = data->if_string()) {
    WEIR_CHECK(std::string_view(text->data(), text->size()) == event.data, "a string is its text");
  } else {
    // Compared as text, because Boost.JSON reads 0e400 as NaN, which equals nothing.
    WEIR_CHECK(json::serialize(parse_whole(event.data)) == json::serialize(*data),
               "other data is its own bytes");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = weir::fuzz::as_text(data, size);
  const weir::proto::EventLimits limits{.data_bytes_max = 1'000, .topics_max = 5};
  const auto events = weir::proto::parse_publish_body(text, limits);
  if (!events) {
    WEIR_CHECK(!events.error().detail.empty(), "a refusal has a reason");
    return 0;
  }
  const json::value document = parse_whole(text);
  for (std::size_t i = 0; i < events->size(); ++i) {
    const Event& event = (*events)[i];
    WEIR_CHECK(weir::proto::validate(event, limits).has_value(), "what is taken is valid");
    check_event(event, document.is_array() ? document.as_array().at(i) : document);
  }
  return 0;
}
