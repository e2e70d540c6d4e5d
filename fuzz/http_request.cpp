// Requests as the network splits them: the same bytes, whole and in pieces, must be read as the
// same requests, and end or fail together.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "net/request_reader.hpp"

namespace {

using weir::net::HeadLimits;
using weir::net::RequestReader;

// Small, so that a short input reaches every limit.
constexpr HeadLimits kLimits{.head_bytes_max = 2048, .target_bytes_max = 256, .headers_max = 20};

struct Transcript {
  std::string text;
  bool failed = false;
};

void note_head(Transcript& transcript, RequestReader& reader) {
  const auto& head = reader.head();
  WEIR_CHECK(!head.target.empty() && !head.method.empty(), "a head without a request line");
  WEIR_CHECK(!(reader.meaning().chunked && reader.meaning().content_length), "two lengths");
  transcript.text.append("\nHEAD ").append(head.method).append(" ").append(head.target);
  for (const auto& [name, value] : head.headers) {
    WEIR_CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
               "a field that holds a line end");
    transcript.text.append("\n").append(name).append(": ").append(value);
  }
  transcript.text.append("\nBODY ");
}

/// Reads `bytes` as they come in pieces whose sizes `sizes` gives in turn (0: all that is left).
Transcript read(std::string_view bytes, std::string_view sizes) {
  Transcript transcript;
  RequestReader reader(kLimits);
  std::string input;
  for (std::size_t turn = 0; !bytes.empty() && !transcript.failed; ++turn) {
    std::size_t size = bytes.size();
    if (!sizes.empty()) {
      const auto wanted = static_cast<unsigned char>(sizes[turn % sizes.size()]);
      if (wanted != 0 && wanted < size) size = wanted;
    }
    input.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    for (bool more = true; more && !transcript.failed;) {
      const auto step = reader.step(input);
      WEIR_CHECK(step.consumed <= input.size(), "more taken than there was");
      transcript.text.append(step.body);
      switch (step.event) {
        case RequestReader::Event::kNeedMore:
          more = step.consumed > 0;
          break;
        case RequestReader::Event::kHead:
          note_head(transcript, reader);
          break;
        case RequestReader::Event::kBody:
          break;
        case RequestReader::Event::kEnd:
          transcript.text.append("\nEND");
          reader.reset(kLimits);
          break;
        case RequestReader::Event::kFailed:
          transcript.failed = true;
          break;
      }
      input.erase(0, step.consumed);
    }
  }
  return transcript;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  // The first line's bytes are the sizes of the pieces.
  const std::size_t line = all.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view request = all.substr(line + 1);
  const Transcript whole = read(request, {});
  const Transcript split = read(request, all.substr(0, line));
  WEIR_CHECK(whole.failed == split.failed, "the split decides whether a request is valid");
  WEIR_CHECK(whole.text == split.text, "the split decides what a request says");
  return 0;
}
