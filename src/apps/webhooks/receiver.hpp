#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/webhooks/attempt.hpp"
#include "apps/webhooks/signer.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/webhook.hpp"
#include "client/http_client.hpp"
#include "proto/selector.hpp"

namespace weir::apps {

/// A hook's other side, ready for use: URL, keys, certificates. Immutable and shared; any thread.
class Receiver {
 public:
  /// Reads the files that the configuration names; `own_key` is used where it names no key.
  /// kBadConfiguration with the hook's name, never with a secret.
  static base::Result<std::shared_ptr<const Receiver>> make(const base::Webhook& config,
                                                            const SigningKey& own_key);

  const base::Webhook& config() const { return config_; }
  const client::Url& url() const { return url_; }
  const std::shared_ptr<const proto::Selectors>& selectors() const { return selectors_; }
  const SigningKey& key() const { return key_; }

  /// Whether this event is for the hook: by its topics, those that begin with `$` only by patterns
  /// that do, so that a hook of everything does not get its own dead letters.
  bool wants(const proto::EventView& event) const;

  /// Posts the event, once. Blocks, at most for the configured timeout or until the interrupt.
  Outcome post(Attempt& attempt, const base::Clock& clock,
               const client::Interrupt& interrupt) const;

 private:
  Receiver(base::Webhook config, client::Url url, SigningKey key)
      : config_(std::move(config)), url_(std::move(url)), key_(std::move(key)) {}
  std::unique_ptr<client::HttpClient> connect(const client::Interrupt& interrupt) const;
  client::Request request_for(const BatchEvent& event, const base::Clock& clock) const;

  base::Webhook config_;
  client::Url url_;
  std::shared_ptr<const proto::Selectors> selectors_;
  SigningKey key_;
  std::optional<SharedSecret> secret_;
  std::shared_ptr<const client::TlsContext> tls_;
};

}  // namespace weir::apps
