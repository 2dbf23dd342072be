#pragma once

#include <fleetman/control/key_lock.hpp>
#include <fleetman/core/bytes.hpp>
#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// Replacing one object that several people edit. An upload takes as long as its sender likes, so nothing is held
// meanwhile: the last byte is what waits its turn, and is only let through while the object is still what the writer
// has read. So of two who have read the same only one succeeds, and neither keeps the other waiting.

namespace fleetman::control {

// Texts are held whole, to store them with LF; anything longer is no text that a person edits.
inline constexpr std::uint64_t text_max_bytes = std::uint64_t{16} << 20;

struct stored_file
{
    std::string etag;
    std::uint64_t size{};
};

// Asked before anything is read, and again just before the object changes: its error is returned, and nothing changes
// then. What it returns must still hold in the store at that moment, which keeps other controllers out where the store
// enforces conditions (a streamed body has none). Empty: anything may be there.
using write_check = std::function<task<result<storage::put_condition>>()>;

// Asked with the ETag of what is there; empty when nothing is.
using etag_check = std::function<result<void>(std::string_view)>;

// The check of one object by its ETag alone; none when `expected` is empty.
write_check by_etag(std::shared_ptr<storage::object_store> store, std::string key, etag_check expected);

// Where to write, and how to keep writers of it apart.
struct guarded_file
{
    std::shared_ptr<storage::object_store> store;
    std::string key;
    key_lock& locks;
    std::string lock; // what is held while it changes
    write_check check;
};

// Stores exactly `length` bytes, whole or not at all. Fails as the check and object_store do.
task<result<stored_file>> write_binary(guarded_file to, byte_source& body, std::uint64_t length);

// The same for a text, which is stored with LF. Fails with too_large past text_max_bytes.
task<result<stored_file>> write_text(guarded_file to, byte_source& body);

// Copies from another object of the store, on its side. Fails with not_found, too.
task<result<stored_file>> write_copy(guarded_file to, storage::object_info from);

// Removing what is not there succeeds.
task<result<void>> remove_file(guarded_file which);

} // namespace fleetman::control
