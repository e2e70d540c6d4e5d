#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "base/listen_address.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::node {

/// Listening sockets that somebody else has opened: the service manager, or the server before this
/// one.
struct InheritedSockets {
  std::string text;  ///< How they were asked for, "127.0.0.1:0"; empty if nobody says.
  std::vector<base::Descriptor> descriptors;
};

/// The sockets that the server listens on, of all addresses of `listen`. Kept here so that they can
/// be given away; a shard accepts from a copy. Main thread only.
class Listeners {
 public:
  struct Listener {
    base::ListenAddress address;
    std::string bound;  ///< "127.0.0.1:3000", "unix:/run/weir.sock": what was asked for, in fact.
    std::vector<base::Descriptor> descriptors;
    bool owns_file = false;  ///< The file of a UNIX socket is ours to remove.
    dev_t file_device = 0;
    ino_t file = 0;

    /// "https://127.0.0.1:3000", "unix:/run/weir.sock" with options that it has.
    std::string url() const;
    /// Whether shards accept from one socket instead of each from its own.
    bool is_shared(std::size_t shards) const { return descriptors.size() < shards; }
  };

  Listeners() = default;
  ~Listeners() { close(); }
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  /// Makes a listener of each address: of what is inherited where that is the address's, and opened
  /// otherwise. Sockets that were passed and that no address names are refused with
  /// kBadConfiguration, unless `surplus` allows to close them; so is what does not listen.
  /// kBadConfiguration with the system's words where an address cannot be listened on.
  base::Result<> open(const std::vector<std::string>& listen, std::size_t shards,
                      std::vector<InheritedSockets> inherited, bool surplus);

  /// Copies of the descriptors that a shard accepts from; each shard has at least one of every
  /// listener, and each socket at least one shard.
  static std::vector<base::Descriptor> for_shard(const Listener& listener, std::size_t shard,
                                                 std::size_t shards);

  std::span<const Listener> all() const { return listeners_; }

  /// Lets go of the sockets; without other copies the kernel refuses connections from now on. The
  /// files of UNIX sockets go, too.
  void close();
  /// The same after another process has got copies: files stay.
  void leave();

 private:
  base::Result<> open_fresh(Listener& listener, std::size_t shards);

  std::vector<Listener> listeners_;
};

}  // namespace weir::node
