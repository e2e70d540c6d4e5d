#include "apps/task_feed/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "apps/view/members.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::apps::task_feed {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;
using proto::JsonValue;

constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kIdBytesMax = 128;
constexpr std::array<std::string_view, 4> kReservedIds = {"stream", "changes", "history", "claim"};
// Note 000's, in its order.
constexpr std::array<std::string_view, 5> kProductMembers = {"id", "name", "status",
                                                             "generatedName", "subcategoryId"};

Result<> take_json(std::string_view name, const JsonValue& value, std::uint64_t bytes_max,
                   std::string& out) {
  if (value.bytes.size() > bytes_max) {
    return wrong_member(name, fmt::format("is over {} bytes", bytes_max));
  }
  out = value.bytes;
  return {};
}

Result<> take_product(const JsonValue& value, std::uint64_t bytes_max, std::string& out) {
  if (!value.bytes.starts_with('{')) return wrong_member("product", "is no object");
  if (auto taken = take_json("product", value, bytes_max, out); !taken) return taken;
  auto shown = shown_product(out);
  if (!shown) return shown.error();
  return {};
}

Result<> take_progress(const JsonValue& value, std::optional<double>& out) {
  double number = -1;
  if (const auto* whole = std::get_if<std::int64_t>(&value.content)) {
    number = static_cast<double>(*whole);
  }
  if (const auto* real = std::get_if<double>(&value.content)) number = *real;
  if (!(number >= 0 && number <= 100)) {
    return wrong_member("progress", "is a number from 0 to 100");
  }
  out = number;
  return {};
}

Result<> take_attempt(const JsonValue& value, std::optional<std::uint32_t>& out) {
  const auto* number = std::get_if<std::int64_t>(&value.content);
  if (number == nullptr || *number < 1 || *number > UINT32_MAX) {
    return wrong_member("attempt", "is what the claim answered");
  }
  out = static_cast<std::uint32_t>(*number);
  return {};
}

Result<> take_optional_text(std::string_view name, const JsonValue& value,
                            std::optional<std::string>& out) {
  return take_text(name, value, kNameBytesMax, out.emplace());
}

/// Reads the body's members but those that are null.
Result<> read_members(
    std::string_view body,
    const std::function<Result<>(std::string_view name, const JsonValue& value)>& take) {
  return proto::read_object(body, kDepthMax,
                            [&](std::string_view name, JsonValue& value) -> Result<> {
                              if (value.is_null()) return {};
                              return take(name, value);
                            });
}

Result<> take_stage(const JsonValue& value, std::optional<std::string>& out) {
  if (auto taken = take_optional_text("currentStage", value, out); !taken) return taken;
  if (out->empty()) return wrong_member("currentStage", "is empty");
  return {};
}

bool has_member(ReportKind kind, std::string_view name) {
  if (kind == ReportKind::kNothing) return false;
  if (name == "attempt") return true;
  if (kind == ReportKind::kHeartbeat) return false;
  return name != "errorMessage" || kind == ReportKind::kFail;
}

base::Error unknown(std::string_view name) { return wrong_member(name, "is not known"); }

using Members = std::vector<std::pair<std::string, std::string>>;

Result<Members> members_of(const std::string& object) {
  Members all;
  if (object.empty()) return all;
  auto read = proto::read_object(object, kDepthMax,
                                 [&](std::string_view name, JsonValue& value) -> Result<> {
                                   all.emplace_back(name, value.bytes);
                                   return {};
                                 });
  if (!read) return read.error();
  return all;
}

}  // namespace

Result<> check_id(std::string_view id) {
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || c == '-';
  });
  if (id.empty() || id.size() > kIdBytesMax || !plain) {
    return wrong_member(
        "id", fmt::format("is 1 to {} letters, digits, \".\", \"_\", \":\", \"-\"", kIdBytesMax));
  }
  if (std::find(kReservedIds.begin(), kReservedIds.end(), id) != kReservedIds.end()) {
    return wrong_member("id", "is an address of the feed's own");
  }
  return {};
}

Result<Draft> read_draft(std::string_view body, const base::TaskFeedSettings& limits) {
  Draft draft;
  auto read = read_members(body, [&](std::string_view name, const JsonValue& value) -> Result<> {
    if (name == "productName") return take_text(name, value, kNameBytesMax, draft.product_name);
    if (name == "productId") return take_text(name, value, kNameBytesMax, draft.product_id);
    if (name == "owner") return take_text(name, value, kNameBytesMax, draft.owner);
    if (name == "id") return take_text(name, value, kIdBytesMax, draft.id);
    if (name == "product") return take_product(value, limits.body_bytes_max, draft.product);
    if (name == "data") return take_json(name, value, limits.body_bytes_max, draft.data);
    return unknown(name);
  });
  if (!read) return read.error();
  if (draft.product_name.empty()) return wrong_member("productName", "is needed");
  if (!draft.id.empty()) {
    if (auto valid = check_id(draft.id); !valid) return valid.error();
  }
  return draft;
}

Result<Report> read_report(std::string_view body, ReportKind kind,
                           const base::TaskFeedSettings& limits) {
  Report report;
  if (body.empty()) return report;
  auto read = read_members(body, [&](std::string_view name, const JsonValue& value) -> Result<> {
    if (!has_member(kind, name)) return wrong_member(name, "has no place here");
    if (name == "attempt") return take_attempt(value, report.attempt);
    if (name == "progress") return take_progress(value, report.progress);
    if (name == "currentStage") return take_stage(value, report.current_stage);
    if (name == "productId") return take_optional_text(name, value, report.product_id);
    if (name == "product") return take_product(value, limits.body_bytes_max, report.product);
    if (name == "characteristics") {
      return take_json(name, value, limits.body_bytes_max, report.characteristics);
    }
    if (name == "result") return take_json(name, value, limits.body_bytes_max, report.result);
    if (name == "errorMessage") {
      return take_text(name, value, kErrorBytesMax, report.error_message);
    }
    return unknown(name);
  });
  if (!read) return read.error();
  return report;
}

Result<ClaimRequest> read_claim(std::string_view body) {
  ClaimRequest claim;
  if (body.empty()) return claim;
  auto read = read_members(body, [&](std::string_view name, const JsonValue& value) -> Result<> {
    if (name == "owner") return take_text(name, value, kNameBytesMax, claim.owner);
    if (name == "worker") return take_text(name, value, kNameBytesMax, claim.worker);
    return unknown(name);
  });
  if (!read) return read.error();
  return claim;
}

Result<std::string> merged(const std::string& object, const std::string& with) {
  auto all = members_of(object);
  if (!all) return all.error();
  auto fresh = members_of(with);
  if (!fresh) return fresh.error();
  for (auto& [name, bytes] : *fresh) {
    const auto old = std::find_if(all->begin(), all->end(), [&, &wanted = name](const auto& each) {
      return each.first == wanted;
    });
    if (old != all->end()) {
      old->second = std::move(bytes);
    } else {
      all->emplace_back(std::move(name), std::move(bytes));
    }
  }
  std::string json = "{";
  for (const auto& [name, bytes] : *all) {
    if (json.size() > 1) json.push_back(',');
    json.append(proto::json_string(name)).append(":").append(bytes);
  }
  return json + "}";
}

Result<std::string> shown_product(const std::string& object) {
  if (object.empty()) return std::string();
  auto all = members_of(object);
  if (!all) return all.error();
  std::string json = "{";
  for (const auto wanted : kProductMembers) {
    const auto found = std::find_if(all->begin(), all->end(),
                                    [&](const auto& each) { return each.first == wanted; });
    std::string_view bytes = found == all->end() ? "null" : std::string_view(found->second);
    if (bytes.starts_with('{') || bytes.starts_with('[')) {
      return wrong_member("product", fmt::format("has a {} that is no plain value", wanted));
    }
    if (bytes.size() > kNameBytesMax) {
      return wrong_member("product",
                          fmt::format("has a {} of over {} bytes", wanted, kNameBytesMax));
    }
    if (json.size() > 1) json.push_back(',');
    json.append(proto::json_string(wanted)).append(":").append(bytes);
  }
  return json + "}";
}

}  // namespace weir::apps::task_feed
