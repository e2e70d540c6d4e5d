#pragma once

#include <string>
#include <string_view>

#include "base/types.hpp"

namespace weir::apps::notifications {

/// A mail of plain text. Addresses are plain ones, without names, spaces or quotes.
struct Mail {
  std::string from;
  std::string to;
  std::string subject;
  std::string text;
  std::string id;  ///< The part of the Message-ID before the @.
  base::UnixMillis time = 0;
};

/// The mail as it is sent (RFC 5322), with CRLF, each line at most 998 bytes. Whatever the subject
/// holds, it stays one header: what is not plain ASCII stands in encoded words (RFC 2047).
std::string format_mail(const Mail& mail);

/// What follows DATA (RFC 5321, 4.5.2): a dot at the beginning of a line is doubled, and a line
/// with one dot ends it.
std::string dot_stuffed(std::string_view message);

}  // namespace weir::apps::notifications
