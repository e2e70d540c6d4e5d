// A program with a hub inside: a page with a counter that every open page shows at once.
//
//   counter [ADDRESS] [DATA_DIR]      then open http://127.0.0.1:3000/ twice, and press the button
//
// The count is an event on the topic "count". Nothing else keeps it: the page begins with the
// newest event, and the program, when it starts, goes on from there.

#include <atomic>
#include <csignal>
#include <iostream>
#include <string>

#include <weir/hub.hpp>

namespace {

constexpr const char* kPage = R"(<!doctype html>
<meta charset="utf-8">
<title>Counter</title>
<p>Pressed <output id="count">0</output> times. <button id="press">Press</button>
<script>
  new EventSource('/count?last=1').onmessage = (event) => (count.value = event.data);
  press.onclick = () => fetch('/press', { method: 'POST' });
</script>
)";

// Callbacks come on several threads at once.
std::atomic<int> presses{0};

void raise_to(int count) {
  int now = presses;
  while (now < count && !presses.compare_exchange_weak(now, count)) {
  }
}

weir::Hub* running = nullptr;  // For the signal handler.

int fail(const weir::Error& error) {
  std::cerr << error.code << ": " << error.message << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  auto settings = weir::Settings().set("listen", argc > 1 ? argv[1] : "127.0.0.1:3000");
  if (argc > 2) settings.set("data_dir", argv[2]);
  auto hub = weir::Hub::create(settings);
  if (!hub) return fail(hub.error());

  // The page needs a script and a stream of its own, and nothing from elsewhere.
  auto routed = hub->route("GET", "/", [](weir::Request request) {
    request.respond(
        {.headers = {{"Content-Type", "text/html; charset=utf-8"},
                     {"Content-Security-Policy", "default-src 'self'; script-src 'unsafe-inline'"}},
         .body = kPage});
  });
  if (!routed) return fail(routed.error());

  // A stream of a topic that the program chooses, at an address of its own.
  routed = hub->route("GET", "/count",
                      [](weir::Request request) { request.stream({.topics = {"count"}}); });
  if (!routed) return fail(routed.error());

  // Answered when the event is on the disk, which is later, on another turn of the loop.
  routed = hub->route("POST", "/press", [&hub](weir::Request request) {
    const std::string count = std::to_string(++presses);
    hub->publish({.topics = {"count"}, .data = count},
                 [request, count](weir::Result<weir::Published> published) mutable {
                   if (!published) return request.fail(503, "The press was not counted");
                   request.respond({.body = count + "\n"});
                 });
  });
  if (!routed) return fail(routed.error());

  if (auto started = hub->start(); !started) return fail(started.error());
  auto count = hub->subscribe({.topics = {"count"}, .last = 1},
                              {.on_event = [](const weir::Delivery& event) {
                                raise_to(std::stoi(std::string(event.data)));
                              }});
  if (!count) return fail(count.error());

  running = &*hub;
  std::signal(SIGINT, [](int) { running->request_stop(); });
  std::signal(SIGTERM, [](int) { running->request_stop(); });
  std::cout << "counter: " << hub->urls().front() << "/" << std::endl;
  hub->wait();
  hub->stop();
  return 0;
}
