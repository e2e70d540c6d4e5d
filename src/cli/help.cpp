#include "cli/help.hpp"

namespace weir::cli {

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  std::string line;
  const auto end_line = [&] {
    out.append(line.empty() ? 0 : indent, ' ').append(line).push_back('\n');
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(" \n");
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && indent + line.size() + 1 + word.size() > width) end_line();
    if (!line.empty()) line.push_back(' ');
    line.append(word);
    if (end == std::string_view::npos) break;
    if (text[end] == '\n') end_line();
    text.remove_prefix(end + 1);
  }
  end_line();
  return out;
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  std::string head = make_option_name(option, is_positional);
  // CLI11 shows what the negated form of a flag stands for: "--no-demo{false}".
  if (const auto at = head.find("{false}"); at != std::string::npos) head.erase(at, 7);
  const std::string type = option->get_type_name();
  if (!is_positional && !type.empty()) head += " " + type;
  constexpr std::size_t kColumn = 30;
  std::string body = wrapped(option->get_description(), kColumn);
  head.insert(0, "  ");
  if (head.size() + 2 > kColumn) return head + "\n" + body;
  return head + body.substr(head.size());
}

}  // namespace weir::cli
