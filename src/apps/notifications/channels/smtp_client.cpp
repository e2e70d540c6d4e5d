#include "apps/notifications/channels/smtp_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include "apps/notifications/channels/channel.hpp"
#include "apps/webhooks/signer.hpp"
#include "proto/url.hpp"

namespace weir::apps::notifications {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kReplyBytesMax = 64 << 10;

base::Error network(std::string what) { return make_error(ErrorCode::kNetwork, std::move(what)); }

/// What the server says to a command: its code, and its lines without it.
struct Reply {
  int code = 0;
  std::vector<std::string> lines;
};

/// One conversation. Errors are kNetwork.
class Session {
 public:
  Session(const SmtpServer& server, const client::Interrupt& interrupt)
      : server_(server), interrupt_(interrupt), deadline_(steady_clock::now() + server.timeout) {}

  Result<> connect() {
    auto opened =
        client::Connection::open(server_.url, server_.timeout, server_.connection, &interrupt_);
    if (!opened) return opened.error();
    connection_ = std::move(*opened);
    return {};
  }

  /// After the server has agreed to it.
  Result<> start_tls() {
    // Whatever somebody on the way sent behind the agreement would be taken for the server's.
    if (!unread_.empty()) return network("the mail server spoke before TLS began");
    return connection_.start_tls(server_.url.host, left(), server_.connection);
  }
  bool secure() const { return connection_.tls() != nullptr; }
  const client::Interrupt& interrupt() const { return interrupt_; }

  Result<Reply> command(std::string_view line) {
    if (auto sent = send(std::string(line) + "\r\n"); !sent) return sent.error();
    return reply();
  }

  Result<> send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = connection_.write_some(bytes);
      if (!written) return written.error();
      if (*written != client::Socket::kWouldBlock) {
        bytes.remove_prefix(*written);
        continue;
      }
      if (auto ready = wait(true); !ready) return ready;
    }
    return {};
  }

  /// RFC 5321, 4.2.1: every line but the last has a hyphen behind its code.
  Result<Reply> reply() {
    Reply reply;
    std::size_t size = 0;
    for (;;) {
      auto line = read_line();
      if (!line) return line.error();
      size += line->size();
      const bool coded =
          line->size() >= 3 && std::all_of(line->begin(), line->begin() + 3,
                                           [](char c) { return c >= '0' && c <= '9'; });
      if (!coded || size > kReplyBytesMax) return network("the mail server speaks no SMTP");
      reply.code = ((*line)[0] - '0') * 100 + ((*line)[1] - '0') * 10 + ((*line)[2] - '0');
      const bool more = line->size() > 3 && (*line)[3] == '-';
      reply.lines.push_back(line->size() > 4 ? line->substr(4) : std::string());
      if (!more) return reply;
    }
  }

 private:
  milliseconds left() const {
    const auto time = std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now());
    return std::max(time, milliseconds(0));
  }

  Result<> wait(bool to_write) {
    const auto ready = connection_.wait(to_write, left());
    if (!ready) return ready.error();
    if (!ready->readable && !ready->writable) return network("the mail server took too long");
    return {};
  }

  Result<std::string> read_line() {
    for (;;) {
      if (const auto end = unread_.find('\n'); end != std::string::npos) {
        auto line = unread_.substr(0, end);
        unread_.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        return line;
      }
      if (unread_.size() > kReplyBytesMax) return network("the mail server speaks no SMTP");
      std::array<char, 4096> buffer{};
      const auto got = connection_.read_some(buffer.data(), buffer.size());
      if (!got) return got.error();
      if (*got == 0) return network("the mail server closed the connection");
      if (*got != client::Socket::kWouldBlock) {
        unread_.append(buffer.data(), *got);
      } else if (auto ready = wait(false); !ready) {
        return ready.error();
      }
    }
  }

  const SmtpServer& server_;
  const client::Interrupt& interrupt_;
  steady_clock::time_point deadline_;
  client::Connection connection_;
  std::string unread_;
};

/// Ends the attempt unless the server agrees. What it says besides is nobody's to read here.
std::optional<Outcome> refused(const Result<Reply>& reply, std::string_view doing, int expected) {
  if (!reply) return Outcome{.kind = Outcome::Kind::kFailed, .reason = reply.error().detail};
  if (reply->code / 100 == expected) return std::nullopt;
  return Outcome{.kind = Outcome::Kind::kFailed,
                 .reason = fmt::format("the mail server answered {} with {}", doing, reply->code)};
}

/// The same where it is about this one mail or whom it is for: a 5xx is for good then. Anywhere
/// else every mail would get it, until somebody puts the settings or the mail server right.
std::optional<Outcome> refused_for_good(const Result<Reply>& reply, std::string_view doing,
                                        int expected) {
  constexpr int kLoginNeeded = 530;
  auto no = refused(reply, doing, expected);
  if (no && reply && reply->code / 100 == 5 && reply->code != kLoginNeeded) {
    no->kind = Outcome::Kind::kRefused;
  }
  return no;
}

Outcome failed(std::string reason) {
  return {.kind = Outcome::Kind::kFailed, .reason = std::move(reason)};
}

/// The extensions that it offers, in capitals, with their parameters.
std::set<std::string> offers_of(const Reply& reply) {
  std::set<std::string> offers;
  for (std::size_t i = 1; i < reply.lines.size(); ++i) {
    auto line = reply.lines[i];
    std::transform(line.begin(), line.end(), line.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    const auto space = line.find(' ');
    if (line.starts_with("AUTH") && (" " + line + " ").find(" PLAIN ") != std::string::npos) {
      offers.insert("AUTH PLAIN");
    }
    offers.insert(line.substr(0, space));
  }
  return offers;
}

/// Greets and, where that is offered, goes over to TLS and greets again.
std::optional<Outcome> greet(Session& session, const std::string& name,
                             std::set<std::string>& offers) {
  const auto hello = [&]() -> std::optional<Outcome> {
    const auto reply = session.command("EHLO " + name);
    if (auto no = refused(reply, "EHLO", 2)) return no;
    offers = offers_of(*reply);
    return std::nullopt;
  };
  if (auto no = refused(session.reply(), "the connection", 2)) return no;
  if (auto no = hello()) return no;
  if (session.secure() || !offers.contains("STARTTLS")) return std::nullopt;
  if (auto no = refused(session.command("STARTTLS"), "STARTTLS", 2)) return no;
  if (auto secured = session.start_tls(); !secured) {
    return unreachable("email", secured.error(), session.interrupt());
  }
  return hello();
}

std::optional<Outcome> log_in(Session& session, const SmtpServer& server,
                              const std::set<std::string>& offers) {
  if (server.user.empty()) return std::nullopt;
  if (!session.secure()) return failed("the mail server offers no TLS, and a password needs it");
  if (!offers.contains("AUTH PLAIN")) return failed("the mail server does not offer AUTH PLAIN");
  std::string secret(1, '\0');
  secret += server.user;
  secret.push_back('\0');
  secret += server.password;
  return refused(session.command("AUTH PLAIN " + base64(secret)), "the login", 2);
}

}  // namespace

Result<SmtpServer> parse_smtp_url(std::string_view text) {
  const auto bad = [](std::string_view what) {
    return make_error(ErrorCode::kUsage, fmt::format("not smtp://[USER@]HOST[:PORT]: {}", what));
  };
  SmtpServer server;
  const bool secure = text.starts_with("smtps://");
  if (!secure && !text.starts_with("smtp://")) return bad("the scheme is smtp or smtps");
  auto place = text.substr(secure ? 8 : 7);
  if (const auto at = place.rfind('@'); at != std::string_view::npos) {
    auto user = proto::decode_path(place.substr(0, at));
    if (!user) return bad("the user");
    if (user->find(':') != std::string::npos) return bad("a password belongs into a file");
    server.user = std::move(*user);
    place.remove_prefix(at + 1);
  }
  while (place.ends_with('/')) place.remove_suffix(1);
  // A port that http does not take for its own, so that it is known whether one was named.
  const auto bracket = place.rfind(']');
  const auto colon = place.rfind(':');
  const bool named =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  auto url = client::parse_url("http://" + std::string(place));
  if (!url || url->target != "/") return bad("the host");
  server.url = std::move(*url);
  server.url.secure = secure;
  if (!named) server.url.port = secure ? "465" : "587";
  return server;
}

Outcome send_mail(const SmtpServer& server, const Mail& mail, const client::Interrupt& interrupt) {
  Session session(server, interrupt);
  if (auto connected = session.connect(); !connected) {
    return unreachable("email", connected.error(), interrupt);
  }
  std::set<std::string> offers;
  // The name of who speaks: the domain that the mail is from.
  if (auto no = greet(session, mail.from.substr(mail.from.find('@') + 1), offers)) return *no;
  if (auto no = log_in(session, server, offers)) return *no;
  const auto from = session.command(fmt::format("MAIL FROM:<{}>", mail.from));
  if (auto no = refused(from, "MAIL", 2)) return *no;
  const auto to = session.command(fmt::format("RCPT TO:<{}>", mail.to));
  if (auto no = refused_for_good(to, "RCPT", 2)) return *no;
  if (auto no = refused_for_good(session.command("DATA"), "DATA", 3)) return *no;
  if (auto sent = session.send(dot_stuffed(format_mail(mail))); !sent) {
    return failed(sent.error().detail);
  }
  if (auto no = refused_for_good(session.reply(), "the mail", 2)) return *no;
  // It has been taken; whether the server says goodbye does not matter.
  (void)session.send("QUIT\r\n");
  return {.kind = Outcome::Kind::kDelivered};
}

}  // namespace weir::apps::notifications
