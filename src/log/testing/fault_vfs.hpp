#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weir::log::testing {

/// A disk that fails as told: an SQLite VFS over files in memory that knows which of their writes
/// have been synced. One process; any thread, though a test that is to repeat itself uses one.
///
/// Registered under its `name` as long as it lives; databases on it must be closed before.
class FaultDisk {
 public:
  explicit FaultDisk(std::uint64_t seed = 1);
  ~FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  const std::string& name() const { return name_; }

  /// The `n`-th write (or sync) from now on to a file whose name ends so fails with an I/O error,
  /// and so do all later ones if `from_then_on`. n ≥ 1; 0 ends it.
  void fail_write(std::uint64_t n, std::string_view suffix = {}, bool from_then_on = false);
  void fail_sync(std::uint64_t n, std::string_view suffix = {}, bool from_then_on = false);
  /// Writes that would make the files larger than this in sum find the disk full; 0: no limit.
  void set_capacity(std::uint64_t bytes);

  /// The machine loses power: of what was not synced since the last crash each write is kept, lost,
  /// or torn at a sector, as the seed will have it. Open files are dead from then on; what is
  /// opened later sees the remains.
  void crash();
  /// The process dies: what was written is there, synced or not. Open files are dead.
  void kill();

  std::uint64_t used() const;
  std::uint64_t writes() const;  ///< Since the disk was made.
  std::uint64_t syncs() const;
  std::uint64_t read_bytes() const;
  /// A file's bytes as a program would read them; empty if there is none.
  std::string contents(const std::string& file) const;
  /// Replaces a file's bytes, as synced.
  void set_contents(const std::string& file, std::string bytes);

  struct State;

 private:
  std::string name_;
  std::unique_ptr<State> state_;
};

}  // namespace weir::log::testing
