// A client: prints the events of a stream, and resumes by itself whatever happens in between.
//
//   events URL [COUNT]      for instance: events
//   http://127.0.0.1:3000/v1/topics/news?after=earliest
//
// The token, where the server wants one, is read anew from the file that WEIR_TOKEN_FILE names each
// time it is needed: whoever replaces the file renews the stream, too.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include <weir/event_source.hpp>

namespace {

int fail(const weir::Error& error) {
  std::cerr << error.code << ": " << error.message << '\n';
  return 1;
}

std::string read_token(weir::TokenNeed) {
  std::string token;
  if (const char* path = std::getenv("WEIR_TOKEN_FILE")) {
    std::ifstream file(path);
    std::getline(file, token);
  }
  return token;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: events URL [COUNT]\n";
    return 2;
  }
  int left = argc > 2 ? std::atoi(argv[2]) : -1;

  weir::EventSource* self = nullptr;
  auto source = weir::EventSource::create(
      {.url = argv[1], .token = read_token},
      {.on_event =
           [&](const weir::StreamEvent& event) {
             std::cout << event.type << ": " << event.data << std::endl;
             if (--left == 0) self->close();  // A handler may end its own source.
           },
       .on_gap =
           [](const weir::Gap& gap) {
             std::cerr << "some events are not there any more (" << gap.reason << ")\n";
           },
       .on_wait =
           [](const weir::Error& why, std::chrono::milliseconds wait) {
             std::cerr << why.message << "; again in " << wait.count() << " ms\n";
           }});
  if (!source) return fail(source.error());
  self = &*source;

  auto over = source->run();  // `start` would run it on a thread of its own.
  return over ? 0 : fail(over.error());
}
