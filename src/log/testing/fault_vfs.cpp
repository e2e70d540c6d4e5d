#include "log/testing/fault_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <new>
#include <vector>

#include "base/check.hpp"
#include "base/guarded.hpp"
#include "base/random.hpp"

namespace weir::log::testing {
namespace {

constexpr std::size_t kSector = 512;
constexpr int kNameBytesMax = 1024;

/// A write or a truncation that no sync has confirmed.
struct Pending {
  std::size_t offset = 0;  ///< Or the size that it was cut to.
  std::string bytes;
  bool truncates = false;
};

struct ShmSlot {
  int shared = 0;
  bool exclusive = false;
};

struct File {
  std::string current;
  std::string synced;
  std::vector<Pending> pending;
  int readers = 0;
  bool reserved = false;
  bool exclusive = false;
  std::vector<std::unique_ptr<char[]>> shm;
  std::array<ShmSlot, SQLITE_SHM_NLOCK> slots;
};

void apply(std::string& bytes, const Pending& change, std::size_t length) {
  if (change.truncates) {
    bytes.resize(change.offset);
    return;
  }
  if (bytes.size() < change.offset + length) bytes.resize(change.offset + length);
  bytes.replace(change.offset, length, change.bytes, 0, length);
}

struct Fault {
  std::uint64_t countdown = 0;
  std::string suffix;
  bool from_then_on = false;

  bool strikes(std::string_view file) {
    if (countdown == 0 || !file.ends_with(suffix)) return false;
    if (countdown > 1) {
      --countdown;
      return false;
    }
    if (!from_then_on) countdown = 0;
    return true;
  }
};

struct Disk {
  explicit Disk(std::uint64_t seed) : random(seed) {}

  std::map<std::string, std::shared_ptr<File>> files;
  base::Random random;
  Fault write_fault;
  Fault sync_fault;
  std::uint64_t capacity = 0;
  std::uint64_t writes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t boot = 0;  ///< Handles of an earlier one are dead.

  std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const auto& [name, file] : files) sum += file->current.size();
    return sum;
  }
};

using GuardedDisk = base::Guarded<Disk>;

/// What SQLite keeps for an open file.
struct Handle {
  sqlite3_file base;
  GuardedDisk* disk;
  std::string* name;
  std::shared_ptr<File>* file;
  std::uint64_t boot;
  int lock;
  unsigned shm_shared;
  unsigned shm_exclusive;
  bool delete_on_close;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

/// Runs `use(disk, file)` unless the handle is of before a crash.
template <typename Use>
int with_file(sqlite3_file* sqlite_file, Use&& use) {
  auto& handle = handle_of(sqlite_file);
  return handle.disk->with([&](Disk& disk) -> int {
    if (handle.boot != disk.boot) return SQLITE_IOERR;
    return use(disk, **handle.file);
  });
}

void drop_locks(Handle& handle, File& file) {
  if (handle.lock >= SQLITE_LOCK_SHARED) --file.readers;
  if (handle.lock >= SQLITE_LOCK_RESERVED) file.reserved = false;
  if (handle.lock == SQLITE_LOCK_EXCLUSIVE) file.exclusive = false;
  handle.lock = SQLITE_LOCK_NONE;
}

int file_close(sqlite3_file* sqlite_file) {
  auto& handle = handle_of(sqlite_file);
  handle.disk->with([&](Disk& disk) {
    if (handle.boot != disk.boot) return;
    drop_locks(handle, **handle.file);
    if (handle.delete_on_close) disk.files.erase(*handle.name);
  });
  delete handle.name;
  delete handle.file;
  return SQLITE_OK;
}

int file_read(sqlite3_file* sqlite_file, void* out, int amount, sqlite3_int64 at) {
  return with_file(sqlite_file, [&](Disk& disk, File& file) -> int {
    disk.read_bytes += static_cast<std::uint64_t>(amount);
    const auto wanted = static_cast<std::size_t>(amount);
    const auto offset = static_cast<std::size_t>(at);
    const std::size_t there =
        offset < file.current.size() ? std::min(wanted, file.current.size() - offset) : 0;
    std::memcpy(out, file.current.data() + std::min(offset, file.current.size()), there);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + there, 0, wanted - there);
    return SQLITE_IOERR_SHORT_READ;
  });
}

int file_write(sqlite3_file* sqlite_file, const void* data, int amount, sqlite3_int64 at) {
  return with_file(sqlite_file, [&](Disk& disk, File& file) -> int {
    ++disk.writes;
    if (disk.write_fault.strikes(*handle_of(sqlite_file).name)) return SQLITE_IOERR_WRITE;
    const auto size = static_cast<std::size_t>(amount);
    const auto end = static_cast<std::size_t>(at) + size;
    if (disk.capacity > 0 && end > file.current.size() &&
        disk.used() + end - file.current.size() > disk.capacity) {
      return SQLITE_FULL;
    }
    Pending change{static_cast<std::size_t>(at), {static_cast<const char*>(data), size}, false};
    apply(file.current, change, size);
    file.pending.push_back(std::move(change));
    return SQLITE_OK;
  });
}

int file_truncate(sqlite3_file* sqlite_file, sqlite3_int64 size) {
  return with_file(sqlite_file, [&](Disk&, File& file) -> int {
    Pending change{static_cast<std::size_t>(size), {}, true};
    apply(file.current, change, 0);
    file.pending.push_back(std::move(change));
    return SQLITE_OK;
  });
}

int file_sync(sqlite3_file* sqlite_file, int) {
  return with_file(sqlite_file, [&](Disk& disk, File& file) -> int {
    ++disk.syncs;
    if (disk.sync_fault.strikes(*handle_of(sqlite_file).name)) {
      // As on Linux: the pages count as clean afterwards, though they were never written.
      file.pending.clear();
      return SQLITE_IOERR_FSYNC;
    }
    for (const auto& change : file.pending) apply(file.synced, change, change.bytes.size());
    file.pending.clear();
    return SQLITE_OK;
  });
}

int file_size(sqlite3_file* sqlite_file, sqlite3_int64* size) {
  return with_file(sqlite_file, [&](Disk&, File& file) -> int {
    *size = static_cast<sqlite3_int64>(file.current.size());
    return SQLITE_OK;
  });
}

int file_lock(sqlite3_file* sqlite_file, int level) {
  return with_file(sqlite_file, [&](Disk&, File& file) -> int {
    auto& handle = handle_of(sqlite_file);
    if (level <= handle.lock) return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED) {
      if (file.exclusive) return SQLITE_BUSY;
      ++file.readers;
    } else {
      if (handle.lock < SQLITE_LOCK_RESERVED) {
        if (file.reserved) return SQLITE_BUSY;
        file.reserved = true;
        handle.lock = SQLITE_LOCK_RESERVED;
      }
      if (level == SQLITE_LOCK_EXCLUSIVE) {
        if (file.readers > 1) return SQLITE_BUSY;
        file.exclusive = true;
      }
    }
    handle.lock = level;
    return SQLITE_OK;
  });
}

int file_unlock(sqlite3_file* sqlite_file, int level) {
  return with_file(sqlite_file, [&](Disk&, File& file) -> int {
    auto& handle = handle_of(sqlite_file);
    if (level >= handle.lock) return SQLITE_OK;
    drop_locks(handle, file);
    if (level == SQLITE_LOCK_SHARED) {
      ++file.readers;
      handle.lock = SQLITE_LOCK_SHARED;
    }
    return SQLITE_OK;
  });
}

int file_check_reserved(sqlite3_file* sqlite_file, int* reserved) {
  return with_file(sqlite_file, [&](Disk&, File& file) -> int {
    *reserved = file.reserved ? 1 : 0;
    return SQLITE_OK;
  });
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return kSector; }
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int shm_map(sqlite3_file* sqlite_file, int region, int size, int extend, void volatile** out) {
  return with_file(sqlite_file, [&](Disk&, File& file) -> int {
    const auto index = static_cast<std::size_t>(region);
    *out = nullptr;
    if (index >= file.shm.size() && extend == 0) return SQLITE_OK;
    while (file.shm.size() <= index) {
      file.shm.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    }
    *out = file.shm[index].get();
    return SQLITE_OK;
  });
}

int shm_lock(sqlite3_file* sqlite_file, int offset, int count, int flags) {
  return with_file(sqlite_file, [&](Disk&, File& file) -> int {
    auto& handle = handle_of(sqlite_file);
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    const auto begin = static_cast<std::size_t>(offset);
    const auto end = begin + static_cast<std::size_t>(count);
    if ((flags & SQLITE_SHM_LOCK) != 0) {
      for (auto i = begin; i < end; ++i) {
        const bool mine = (handle.shm_shared & (1u << i)) != 0;
        const auto& slot = file.slots[i];
        if (slot.exclusive && (handle.shm_exclusive & (1u << i)) == 0) return SQLITE_BUSY;
        if (exclusive && slot.shared > (mine ? 1 : 0)) return SQLITE_BUSY;
      }
    }
    for (auto i = begin; i < end; ++i) {
      auto& slot = file.slots[i];
      const unsigned bit = 1u << i;
      unsigned& held = exclusive ? handle.shm_exclusive : handle.shm_shared;
      const bool locks = (flags & SQLITE_SHM_LOCK) != 0;
      if (((held & bit) != 0) == locks) continue;
      held ^= bit;
      if (exclusive) {
        slot.exclusive = locks;
      } else {
        slot.shared += locks ? 1 : -1;
      }
    }
    return SQLITE_OK;
  });
}

void shm_barrier(sqlite3_file*) { std::atomic_thread_fence(std::memory_order_seq_cst); }

int shm_unmap(sqlite3_file* sqlite_file, int) {
  auto& handle = handle_of(sqlite_file);
  return with_file(sqlite_file, [&](Disk&, File& file) -> int {
    for (std::size_t i = 0; i < file.slots.size(); ++i) {
      if ((handle.shm_shared & (1u << i)) != 0) --file.slots[i].shared;
      if ((handle.shm_exclusive & (1u << i)) != 0) file.slots[i].exclusive = false;
    }
    handle.shm_shared = handle.shm_exclusive = 0;
    return SQLITE_OK;
  });
}

const sqlite3_io_methods kMethods = {
    2,
    file_close,
    file_read,
    file_write,
    file_truncate,
    file_sync,
    file_size,
    file_lock,
    file_unlock,
    file_check_reserved,
    file_control,
    sector_size,
    characteristics,
    shm_map,
    shm_lock,
    shm_barrier,
    shm_unmap,
    nullptr,
    nullptr,
};

GuardedDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<GuardedDisk*>(vfs->pAppData); }

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* sqlite_file, int flags,
             int* out_flags) {
  sqlite_file->pMethods = nullptr;
  auto& disk = disk_of(vfs);
  return disk.with([&](Disk& d) -> int {
    const std::string path =
        name == nullptr ? "temporary-" + std::to_string(d.random.next()) : name;
    const auto at = d.files.find(path);
    if (at == d.files.end() && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    auto file = at == d.files.end() ? (d.files[path] = std::make_shared<File>()) : at->second;
    new (sqlite_file) Handle{{&kMethods},
                             &disk,
                             new std::string(path),
                             new std::shared_ptr<File>(std::move(file)),
                             d.boot,
                             SQLITE_LOCK_NONE,
                             0,
                             0,
                             (flags & SQLITE_OPEN_DELETEONCLOSE) != 0};
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  });
}

int vfs_delete(sqlite3_vfs* vfs, const char* name, int) {
  return disk_of(vfs).with(
      [&](Disk& d) { return d.files.erase(name) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT; });
}

int vfs_access(sqlite3_vfs* vfs, const char* name, int, int* out) {
  *out = disk_of(vfs).with([&](Disk& d) { return d.files.contains(name) ? 1 : 0; });
  return SQLITE_OK;
}

int vfs_full_pathname(sqlite3_vfs*, const char* name, int size, char* out) {
  if (std::strlen(name) >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::strcpy(out, name);
  return SQLITE_OK;
}

int vfs_randomness(sqlite3_vfs* vfs, int size, char* out) {
  disk_of(vfs).with([&](Disk& d) {
    for (int i = 0; i < size; ++i) out[i] = static_cast<char>(d.random.next());
  });
  return size;
}

int vfs_sleep(sqlite3_vfs*, int micros) { return micros; }

int vfs_current_time(sqlite3_vfs*, double* out) {
  *out = 2'460'000.5;  // A day like any other: SQLite needs one, the log does not ask it.
  return SQLITE_OK;
}

int vfs_last_error(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

struct FaultDisk::State {
  explicit State(std::uint64_t seed) : disk(Disk(seed)) {}

  GuardedDisk disk;
  sqlite3_vfs vfs{};
};

FaultDisk::FaultDisk(std::uint64_t seed) : state_(std::make_unique<State>(seed)) {
  static std::atomic<std::uint64_t> count{0};
  name_ = "fault-disk-" + std::to_string(++count);
  auto& vfs = state_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = kNameBytesMax;
  vfs.zName = name_.c_str();
  vfs.pAppData = &state_->disk;
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xFullPathname = vfs_full_pathname;
  vfs.xRandomness = vfs_randomness;
  vfs.xSleep = vfs_sleep;
  vfs.xCurrentTime = vfs_current_time;
  vfs.xGetLastError = vfs_last_error;
  WEIR_CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK, "a VFS can be registered");
}

FaultDisk::~FaultDisk() { sqlite3_vfs_unregister(&state_->vfs); }

void FaultDisk::fail_write(std::uint64_t n, std::string_view suffix, bool from_then_on) {
  state_->disk.with([&](Disk& d) { d.write_fault = {n, std::string(suffix), from_then_on}; });
}

void FaultDisk::fail_sync(std::uint64_t n, std::string_view suffix, bool from_then_on) {
  state_->disk.with([&](Disk& d) { d.sync_fault = {n, std::string(suffix), from_then_on}; });
}

void FaultDisk::set_capacity(std::uint64_t bytes) {
  state_->disk.with([&](Disk& d) { d.capacity = bytes; });
}

namespace {

/// What is left of a file when the power goes.
std::string remains_of(const File& file, base::Random& random) {
  std::string remains = file.synced;
  for (const auto& change : file.pending) {
    switch (random.below(3)) {
      case 0:
        break;
      case 1:
        apply(remains, change, change.bytes.size());
        break;
      default: {
        const auto sectors = (change.bytes.size() + kSector - 1) / kSector;
        apply(remains, change, std::min(change.bytes.size(), random.below(sectors + 1) * kSector));
      }
    }
  }
  return remains;
}

/// Everything open is dead; the files are as given and count as synced.
template <typename Remains>
void reboot(Disk& disk, Remains&& remains) {
  ++disk.boot;
  for (auto& [name, file] : disk.files) {
    auto survivor = std::make_shared<File>();
    survivor->synced = survivor->current = remains(*file);
    file = std::move(survivor);
  }
}

}  // namespace

void FaultDisk::crash() {
  state_->disk.with(
      [](Disk& d) { reboot(d, [&](const File& file) { return remains_of(file, d.random); }); });
}

void FaultDisk::kill() {
  state_->disk.with([](Disk& d) {
    ++d.boot;
    for (auto& [name, file] : d.files) {
      auto survivor = std::make_shared<File>();
      survivor->current = file->current;
      survivor->synced = file->synced;
      survivor->pending = file->pending;
      file = std::move(survivor);
    }
  });
}

std::uint64_t FaultDisk::used() const {
  return state_->disk.with([](const Disk& d) { return d.used(); });
}
std::uint64_t FaultDisk::writes() const {
  return state_->disk.with([](const Disk& d) { return d.writes; });
}
std::uint64_t FaultDisk::syncs() const {
  return state_->disk.with([](const Disk& d) { return d.syncs; });
}
std::uint64_t FaultDisk::read_bytes() const {
  return state_->disk.with([](const Disk& d) { return d.read_bytes; });
}

std::string FaultDisk::contents(const std::string& file) const {
  return state_->disk.with([&](const Disk& d) {
    const auto at = d.files.find(file);
    return at == d.files.end() ? std::string() : at->second->current;
  });
}

void FaultDisk::set_contents(const std::string& file, std::string bytes) {
  state_->disk.with([&](Disk& d) {
    auto replaced = std::make_shared<File>();
    replaced->synced = replaced->current = std::move(bytes);
    d.files[file] = std::move(replaced);
  });
}

}  // namespace weir::log::testing
