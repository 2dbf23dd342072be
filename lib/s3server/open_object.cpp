#include "faults.hpp"
#include "open_object.hpp"

#include <fleetman/core/digest.hpp>

namespace fleetman::s3server {

namespace {

// How often to look again when the file was gone between the index's answer and opening it.
constexpr int open_attempts = 5;

} // namespace

result<void> check_sound(const object_row& row)
{
    const bool wrong = !row.body.bytes.empty() && !row.sha256.empty() && sha256_hex(row.body.bytes) != row.sha256;
    if (row.damaged || wrong)
        return make_error(fault::internal_error, "The object's body was damaged on the disk, and is not given out: put "
                                                 "it again, or restore it from a backup");
    return {};
}

task<result<readable_object>> open_object(store_parts& store, std::string bucket, std::string key, wanted_body body)
{
    const bool open = body == wanted_body::open;
    for (int attempt = 1;; ++attempt) {
        bool replaced = false;
        result<readable_object> found = co_await store.index.read([&](index_reader& index) -> result<readable_object> {
            result<object_row> row = index.object(bucket, key, open);
            if (!row)
                return row.error();
            if (result<void> sound = check_sound(*row); !sound)
                return sound.error();
            if (!open || row->body.file.empty())
                return readable_object{std::move(*row), nullptr};
            result<file_descriptor> file = store.bodies.read(row->body.file);
            if (!file) {
                replaced = file.error().code() == errc::not_found;
                return error(errc::failed, "the body's file: " + file.error().message());
            }
            return readable_object{std::move(*row), std::move(*file)};
        });
        if (!replaced || attempt == open_attempts)
            co_return found;
    }
}

} // namespace fleetman::s3server
