#include "apps/workflow/effects/masker.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "proto/json.hpp"

namespace weir::apps::workflow {
namespace {

// A line of a value, or what is certain of its base64, is looked for if it is at least so long.
constexpr std::size_t kPartBytesMin = 8;

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                reinterpret_cast<const unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  return out;
}

/// Percent-encoding (RFC 3986, 2.1) of all but letters, digits and `kept`.
std::string percent_encoded(std::string_view text, std::string_view kept, std::string_view digits) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kept.find(c) != std::string_view::npos;
    if (plain) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return out;
}

std::string with_plus_for_space(std::string text) {
  for (auto at = text.find("%20"); at != std::string::npos; at = text.find("%20", at)) {
    text.replace(at, 3, "+");
  }
  return text;
}

}  // namespace

Masker::Masker(const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (value.size() < kValueBytesMin) continue;
    add(value, kValueBytesMin);
    auto json = proto::json_string(value);
    add(json.substr(1, json.size() - 2), kValueBytesMin);
    for (const std::string_view digits : {"0123456789ABCDEF", "0123456789abcdef"}) {
      // What RFC 3986 leaves as it is, and what encodeURIComponent does.
      for (const std::string_view kept : {"-._~", "-._~!'()*", "-._*"}) {
        auto encoded = percent_encoded(value, kept, digits);
        add(with_plus_for_space(encoded), kValueBytesMin);
        add(std::move(encoded), kValueBytesMin);
      }
    }
    add_base64(value);
    std::string_view rest = value;
    while (value.find('\n') != std::string::npos && !rest.empty()) {
      auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.ends_with('\r')) line.remove_suffix(1);
      add(std::string(line), kPartBytesMin);
    }
  }
  std::sort(forms_.begin(), forms_.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  forms_.erase(std::unique(forms_.begin(), forms_.end()), forms_.end());
  for (const auto& form : forms_) begins_[static_cast<unsigned char>(form.front())] = true;
}

void Masker::add(std::string form, std::size_t bytes_min) {
  if (form.size() >= bytes_min) forms_.push_back(std::move(form));
}

/// A value begins at one of three places in a group of three bytes. The digits that it decides
/// alone are the same whatever stands around it.
void Masker::add_base64(std::string_view value) {
  constexpr std::size_t kBits = 6;
  const auto add_both = [this](std::string digits, std::size_t bytes_min) {
    auto url = digits;
    std::replace(url.begin(), url.end(), '+', '-');
    std::replace(url.begin(), url.end(), '/', '_');
    add(std::move(url), bytes_min);
    add(std::move(digits), bytes_min);
  };
  for (std::size_t before = 0; before < 3; ++before) {
    const auto whole = base64(std::string(before, '\0').append(value));
    const auto first = (before * 8 + kBits - 1) / kBits;
    const auto end = (before + value.size()) * 8 / kBits;
    add_both(whole.substr(first, end - first), kPartBytesMin);
  }
  // Alone, with its last digit, and padded or not.
  auto alone = base64(value);
  add_both(alone, kValueBytesMin);
  alone.erase(std::min(alone.find('='), alone.size()));
  add_both(std::move(alone), kValueBytesMin);
}

std::size_t Masker::scan(std::string_view text, bool ends, std::string& out) const {
  std::size_t copied = 0;
  std::size_t at = 0;
  const auto copy = [&] { out.append(text.substr(copied, at - copied)); };
  while (at < text.size()) {
    if (!begins_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const auto rest = text.substr(at);
    const std::string* found = nullptr;
    for (const auto& form : forms_) {
      if (form.size() > rest.size()) {
        if (!ends && form.starts_with(rest)) return copy(), at;
      } else if (rest.starts_with(form)) {
        found = &form;
        break;
      }
    }
    if (found == nullptr) {
      ++at;
      continue;
    }
    copy();
    out.append(kMask);
    at += found->size();
    copied = at;
  }
  copy();
  return at;
}

std::string Masker::mask(std::string_view text) const {
  std::string out;
  scan(text, true, out);
  return out;
}

void Masker::mask(boost::json::value& value) const {
  if (forms_.empty()) return;
  if (auto* text = value.if_string()) {
    *text = mask(std::string_view(*text));
  } else if (auto* array = value.if_array()) {
    for (auto& each : *array) mask(each);
  } else if (auto* object = value.if_object()) {
    boost::json::object masked(object->storage());
    for (auto& [name, member] : *object) {
      mask(member);
      masked.insert_or_assign(mask(std::string_view(name)), std::move(member));
    }
    *object = std::move(masked);
  } else if (value.is_number()) {
    const auto digits = boost::json::serialize(value);
    if (mask(digits) != digits) value = kMask;
  }
}

void MaskedStream::feed(std::string_view piece, std::string& out) {
  if (masker_->empty()) {
    out.append(piece);
    return;
  }
  held_.append(piece);
  held_.erase(0, masker_->scan(held_, false, out));
}

void MaskedStream::finish(std::string& out) {
  masker_->scan(held_, true, out);
  held_.clear();
}

}  // namespace weir::apps::workflow
