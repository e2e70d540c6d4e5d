#include "cli/doctor/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/units.hpp"
#include "cli/help.hpp"
#include "proto/json.hpp"

namespace weir::cli {
namespace {

std::string milliseconds(double value) { return fmt::format("{:.1f} ms", value); }

std::string row(std::string_view name, std::string_view text) {
  return fmt::format("{:<14}{}\n", name, text);
}

std::string version_text(const Measurements& found) {
  std::string text = fmt::format("HTTP/1.{}", found.http_minor);
  if (found.alpn == "h2") text += ", HTTP/2 for those who can";
  if (found.secure) text += fmt::format(" ({})", found.tls_version);
  if (!found.server_http.empty()) text += fmt::format("; HTTP/{} at Weir", found.server_http);
  return text;
}

std::string proxy_text(const Measurements& found) {
  if (found.product_text.empty()) {
    return found.forwarded ? "one that does not name itself" : "none that shows";
  }
  return found.product_text;
}

std::string silence_text(const Measurements& found) {
  if (!found.idle_tested_ms) return "not tried";
  if (found.cut_after_ms) return fmt::format("cut after {:.1f} s", *found.cut_after_ms / 1000);
  return fmt::format("{:.1f} s are borne", *found.idle_tested_ms / 1000);
}

std::string rows(const Measurements& found) {
  std::string out;
  out += row("proxy", proxy_text(found));
  out += row("protocol", version_text(found));
  out += row("first byte",
             fmt::format("{} (connection {}, round trip {})", milliseconds(found.first_byte_ms),
                         milliseconds(found.connect_ms), milliseconds(found.round_trip_ms)));
  out += row("events", fmt::format("{} sent, {} lost, {} twice, {} out of order", found.frames_sent,
                                   found.lost, found.duplicated, found.reordered));
  out += row("delay",
             fmt::format("median {}, 99 % {} beyond the quickest",
                         milliseconds(found.delay_median_ms), milliseconds(found.delay_p99_ms)));
  out += row("held back", found.held ? "yes" : "no");
  out += row("compression", found.compression.empty() ? "none" : found.compression);
  out += row("silence", silence_text(found));
  if (found.connections_tried > 0) {
    out += row("at once",
               fmt::format("{} of {} streams", found.connections_granted, found.connections_tried));
  }
  return out;
}

std::string finding_json(const Finding& finding) {
  std::vector<std::string> cures;
  for (const auto& cure : finding.cures) cures.push_back(proto::json_string(cure));
  return fmt::format(R"({{"name":{},"problem":{},"text":{},"cures":[{}]}})",
                     proto::json_string(finding.name), finding.problem,
                     proto::json_string(finding.text), fmt::join(cures, ","));
}

template <typename T>
std::string or_null(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "null";
}

}  // namespace

std::string report_text(const Measurements& found, const std::vector<Finding>& findings) {
  std::string out = found.url + "\n\n";
  if (found.frames_sent > 0) out += rows(found) + "\n";
  for (const auto& finding : findings) {
    out +=
        wrapped(fmt::format("{} {}.", finding.problem ? "PROBLEM:" : "advice:", finding.text), 0);
    for (const auto& cure : finding.cures) out += wrapped("-> " + cure, 2);
  }
  out += healthy(findings) ? "healthy\n" : "not healthy\n";
  return out;
}

std::string report_json(const Measurements& found, const std::vector<Finding>& findings) {
  std::vector<std::string> list;
  for (const auto& finding : findings) list.push_back(finding_json(finding));
  return fmt::format(
      R"({{"url":{},"healthy":{},"findings":[{}],"measured":{{"status":{},"proxy":{},"product":{},)"
      R"("http":"1.{}","http2":{},"tls":{},"http_to_weir":{},"connect_ms":{:.3f},)"
      R"("first_byte_ms":{:.3f},"round_trip_ms":{:.3f},"events":{},"lost":{},"duplicated":{},)"
      R"("reordered":{},"delay_median_ms":{:.3f},"delay_p99_ms":{:.3f},"held":{},"held_ms":{:.3f},)"
      R"("held_bytes":{},"compression":{},"compression_holds":{},"keepalive_ms":{},)"
      R"("idle_tested_ms":{},"cut_after_ms":{},"connections_tried":{},"connections_granted":{}}}}})"
      "\n",
      proto::json_string(found.url), healthy(findings), fmt::join(list, ","), found.status,
      proto::json_string(found.product_text), proto::json_string(product_name(found.product)),
      found.http_minor, found.alpn == "h2",
      found.secure ? proto::json_string(found.tls_version) : "null",
      proto::json_string(found.server_http), found.connect_ms, found.first_byte_ms,
      found.round_trip_ms, found.frames_sent, found.lost, found.duplicated, found.reordered,
      found.delay_median_ms, found.delay_p99_ms, found.held, found.held_ms,
      or_null(found.held_bytes), proto::json_string(found.compression), found.compression_holds,
      found.keepalive_ms, or_null(found.idle_tested_ms), or_null(found.cut_after_ms),
      found.connections_tried, found.connections_granted);
}

}  // namespace weir::cli
