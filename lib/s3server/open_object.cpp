#include "faults.hpp"
#include "open_object.hpp"

namespace fleetman::s3server {

namespace {

// How often to look again when the file was gone between the index's answer and opening it.
constexpr int open_attempts = 5;

} // namespace

task<result<readable_object>> open_object(store_parts& store, std::string bucket, std::string key, wanted_body body)
{
    const bool open = body == wanted_body::open;
    for (int attempt = 1;; ++attempt) {
        bool replaced = false;
        result<readable_object> found = co_await store.index.read([&](index_reader& index) -> result<readable_object> {
            result<object_row> row = index.object(bucket, key, open);
            if (!row)
                return row.error();
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
