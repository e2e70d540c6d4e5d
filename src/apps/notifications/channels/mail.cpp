#include "apps/notifications/channels/mail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "apps/webhooks/signer.hpp"
#include "proto/utf8.hpp"

namespace weir::apps::notifications {
namespace {

/// Longer lines are legal up to 998 bytes; what is sent as it is stays readable everywhere.
constexpr std::size_t kPlainLineMax = 500;
/// Of base64 (RFC 2045, 6.8).
constexpr std::size_t kEncodedLine = 76;
/// Of text in one encoded word, which has at most 75 characters in all (RFC 2047, 2).
constexpr std::size_t kWordBytes = 42;

bool is_printable(char c) { return c >= 0x20 && c <= 0x7e; }

std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t end = 0;
    while (end < text.size()) {
      const auto next = end + proto::utf8_step(text.substr(end)).bytes;
      if (next > kWordBytes) break;
      end = next;
    }
    // One after the other they are read as one text: the folding between them is not part of it.
    if (!out.empty()) out += "\r\n ";
    out += fmt::format("=?UTF-8?B?{}?=", base64(text.substr(0, end)));
    text.remove_prefix(end);
  }
  return out;
}

std::string header_text(std::string_view text) {
  const bool plain = text.size() <= 200 && std::all_of(text.begin(), text.end(), is_printable) &&
                     text.find("=?") == std::string_view::npos;
  return plain ? std::string(text) : encoded_words(text);
}

/// The lines of a text with CRLF between and behind them, whatever ended them before.
std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
      out += "\r\n";
    } else if (text[i] == '\n') {
      out += "\r\n";
    } else {
      out.push_back(text[i]);
    }
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

bool goes_as_it_is(std::string_view lines) {
  std::size_t length = 0;
  for (const char c : lines) {
    length = c == '\n' ? 0 : length + 1;
    if (length > kPlainLineMax) return false;
    if (!is_printable(c) && c != '\r' && c != '\n' && c != '\t') return false;
  }
  return true;
}

std::string in_lines(const std::string& encoded) {
  std::string out;
  for (std::size_t at = 0; at < encoded.size(); at += kEncodedLine) {
    out += encoded.substr(at, kEncodedLine) + "\r\n";
  }
  return out;
}

/// RFC 5322, 3.3, in UTC; not by strftime, which speaks the locale's language.
std::string date_text(base::UnixMillis time) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(time / 1'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000",
                     kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1'900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::string format_mail(const Mail& mail) {
  const auto lines = with_crlf(mail.text);
  const bool plain = goes_as_it_is(lines);
  const auto domain = mail.from.substr(mail.from.find('@') + 1);
  return fmt::format(
      "Date: {}\r\nFrom: <{}>\r\nTo: <{}>\r\nMessage-ID: <{}@{}>\r\nSubject: {}\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n{}",
      date_text(mail.time), mail.from, mail.to, mail.id, domain, header_text(mail.subject),
      plain ? "7bit" : "base64", plain ? lines : in_lines(base64(lines)));
}

std::string dot_stuffed(std::string_view message) {
  std::string out;
  bool begins = true;
  for (const char c : message) {
    if (begins && c == '.') out.push_back('.');
    out.push_back(c);
    begins = c == '\n';
  }
  return out + ".\r\n";
}

}  // namespace weir::apps::notifications
