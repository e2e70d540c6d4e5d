#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apps/workflow/effects/secret_box.hpp"
#include "apps/workflow/engine/engine.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

/// What definitions call `secrets.NAME`. In the store they are sealed; a value leaves this only to
/// be given to an effect. The engine's thread.
class Secrets {
 public:
  static constexpr std::size_t kNameBytesMax = 64;
  static constexpr std::size_t kValueBytesMax = 16 << 10;

  explicit Secrets(SecretBox box) : box_(std::move(box)) {}

  /// Before anything is executed; `engine` outlives the secrets.
  void attach(Engine& engine) { engine_ = &engine; }
  /// Takes over a row. What cannot be read is logged, and missing.
  void restore(const std::string& name, const std::string& sealed);

  std::optional<std::string> find(std::string_view name) const;
  /// kBadRequest for a name that is none; else what the log says.
  void put(std::string name, std::string value, Engine::Done done);
  /// kNotFound.
  void remove(const std::string& name, Engine::Done done);

 private:
  SecretBox box_;
  Engine* engine_ = nullptr;
  std::map<std::string, std::string, std::less<>> values_;
};

/// [A-Z_a-z][A-Z_a-z0-9]*, of at most 64 bytes.
bool is_secret_name(std::string_view text);

}  // namespace weir::apps::workflow
