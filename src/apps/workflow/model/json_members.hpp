#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::apps::workflow {

// Members of an object that have the form that is wanted; null, empty or nothing if they do not.

const boost::json::value* member(const boost::json::object& object, std::string_view name);
std::string_view text_member(const boost::json::object& object, std::string_view name);
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);
const boost::json::array* array_member(const boost::json::object& object, std::string_view name);
std::optional<bool> flag_member(const boost::json::object& object, std::string_view name);
std::optional<double> number_member(const boost::json::object& object, std::string_view name);
std::optional<std::uint32_t> count_member(const boost::json::object& object, std::string_view name);
std::optional<std::chrono::milliseconds> duration_member(const boost::json::object& object,
                                                         std::string_view name);

inline std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }
inline std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

}  // namespace weir::apps::workflow
