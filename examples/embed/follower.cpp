// A program that follows topics of its own hub and never handles an event twice: it keeps the
// cursor of what it has handled beside its result, and goes on there after a restart.
//
//   follower DATA_DIR STATE_FILE [COUNT]
//
// Every run publishes three orders and handles what it has not handled yet; with COUNT it ends
// after so many. One thread does everything: the program drives the hub's loop itself.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include <weir/hub.hpp>

namespace {

int fail(const weir::Error& error) {
  std::cerr << error.code << ": " << error.message << '\n';
  return 1;
}

std::string read_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: follower DATA_DIR STATE_FILE [COUNT]\n";
    return 2;
  }
  const std::string state = argv[2];
  int left = argc > 3 ? std::atoi(argv[3]) : -1;

  auto hub =
      weir::Hub::create(weir::Settings().set("data_dir", argv[1]).set("listen", "127.0.0.1:0"));
  if (!hub) return fail(hub.error());
  if (auto opened = hub->open(); !opened) return fail(opened.error());

  const std::string cursor = read_line(state);
  auto orders = hub->subscribe(
      {.match = {"orders/*"}, .after = cursor.empty() ? "earliest" : cursor},
      {.on_event =
           [&](const weir::Delivery& event) {
             if (left == 0) return;
             std::cout << event.topics.front() << ": " << event.data << '\n';
             // A real program would do both in one transaction of its database.
             std::ofstream(state) << event.cursor << '\n';
             if (--left == 0) hub->request_stop();
           },
       .on_gap =
           [](const weir::Gap& gap) {
             std::cout << "orders before " << gap.available_from << " are not there any more\n";
           }});
  if (!orders) return fail(orders.error());

  for (const char* item : {"tea", "coffee", "milk"}) {
    hub->publish({.topics = {"orders/17"}, .type = "ordered", .data = item},
                 [](weir::Result<weir::Published> published) {
                   if (!published) std::cerr << published.error().message << '\n';
                 });
  }

  hub->run();  // Everything above is called back from in here.
  hub->stop();
  return 0;
}
