#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <optional>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/server_options.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "client/http_client.hpp"
#include "client/problem.hpp"
#include "proto/url.hpp"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

struct TopicsOptions {
  ServerOptions server;
  std::string match;
  bool json = false;
};

struct Page {
  boost::json::array topics;
  std::optional<std::string> next;
};

std::string page_target(const TopicsOptions& options, const std::optional<std::string>& after) {
  std::string target = "/v1/topics";
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    target += fmt::format("{}{}={}", separator, name, proto::encode_topic_path(value));
    separator = '&';
  };
  if (!options.match.empty()) add("match", options.match);
  if (after) add("after", *after);
  return target;
}

Result<Page> fetch_page(client::HttpClient& client, const ServerAccess& server,
                        const TopicsOptions& options, const std::optional<std::string>& after) {
  client::Request request{
      .target = client::with_path(server.url, page_target(options, after)).target,
      .headers = server.headers};
  request.headers.emplace_back("Accept", "application/json");
  const auto response = client.fetch(request);
  if (!response) return response.error();
  if (response->head.status != 200) return client::problem_error(response->head, response->body);
  boost::system::error_code failed;
  auto value = boost::json::parse(response->body, failed);
  auto* const object = failed ? nullptr : value.if_object();
  auto* const topics = object == nullptr ? nullptr : object->if_contains("topics");
  if (topics == nullptr || !topics->is_array()) {
    return make_error(ErrorCode::kNetwork, "the server's answer is no list of topics");
  }
  Page page{std::move(topics->get_array()), std::nullopt};
  if (const auto* next = object->if_contains("next"); next != nullptr && next->is_string()) {
    page.next.emplace(next->get_string().data(), next->get_string().size());
  }
  return page;
}

std::string cell(const boost::json::value& topic, std::string_view name) {
  const auto* object = topic.if_object();
  const auto* value = object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
  if (value == nullptr || value->is_null()) return "-";
  if (value->is_string()) {
    return printable({value->get_string().data(), value->get_string().size()});
  }
  return boost::json::serialize(*value);
}

std::string json_lines(const boost::json::array& topics) {
  std::string out;
  for (const auto& topic : topics) out += boost::json::serialize(topic) + "\n";
  return out;
}

std::string table(const boost::json::array& topics) {
  std::size_t width = 5;
  for (const auto& topic : topics) width = std::max(width, cell(topic, "topic").size());
  std::string out = fmt::format("{:<{}}  {:>10}  {:>12}  {:>11}  {}\n", "TOPIC", width, "EVENTS",
                                "BYTES", "SUBSCRIBERS", "LAST");
  for (const auto& topic : topics) {
    out += fmt::format("{:<{}}  {:>10}  {:>12}  {:>11}  {}\n", cell(topic, "topic"), width,
                       cell(topic, "events"), cell(topic, "bytes"), cell(topic, "subscribers"),
                       cell(topic, "last"));
  }
  return out;
}

int run_topics(const TopicsOptions& options) {
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  client::HttpClient client(server->url, {}, &stop_signals(), server->connection);
  boost::json::array all;
  std::optional<std::string> after;
  do {
    auto page = fetch_page(client, *server, options, after);
    if (signal_status() != 0) return signal_status();
    if (!page) return fail(page.error());
    // A page that does not move on would be asked for again for ever.
    if (page->next && page->next == after) {
      return fail(make_error(ErrorCode::kNetwork, "the server's list of topics does not end"));
    }
    after = page->next;
    all.insert(all.end(), page->topics.begin(), page->topics.end());
  } while (after);
  return print(options.json ? json_lines(all) : table(all));
}

}  // namespace

void add_topics(CLI::App& program, Action& action) {
  auto* command =
      program.add_subcommand("topics", "List the topics that hold events or subscribers");
  auto options = std::make_shared<TopicsOptions>();
  command->add_option("--match", options->match, "Only topics of this pattern, e.g. 'orders/**'.")
      ->type_name("PATTERN");
  command->add_flag("--json", options->json, "Print each topic as a line of JSON.");
  options->server.add_to(*command);
  command->callback([&action, options] { action = [options] { return run_topics(*options); }; });
}

}  // namespace weir::cli
