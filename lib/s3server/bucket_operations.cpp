#include "faults.hpp"
#include "operations.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/timestamp.hpp>

#include <algorithm>

namespace fleetman::s3server {

bool is_bucket_name(std::string_view name)
{
    const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return name.size() >= 3 && name.size() <= 63 && alphanumeric(name.front()) && alphanumeric(name.back()) &&
           name.find("..") == std::string_view::npos &&
           std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '.' || c == '-'; });
}

answer list_buckets(s3_request&, store_parts& store)
{
    result<std::vector<bucket_row>> buckets =
        co_await store.index.read([](index_reader& index) { return index.buckets(); });
    if (!buckets)
        co_return buckets.error();
    xml_writer xml("ListAllMyBucketsResult");
    xml.begin("Owner").text("ID", "fleetman").text("DisplayName", "fleetman").end().begin("Buckets");
    for (const bucket_row& one : *buckets)
        xml.begin("Bucket").text("Name", one.name).text("CreationDate", rfc3339_millis(one.created)).end();
    co_return xml_answer(xml.finish());
}

answer create_bucket(s3_request& asked, store_parts& store)
{
    if (!is_bucket_name(asked.bucket))
        co_return make_error(fault::invalid_bucket_name);
    result<void> created = co_await store.index.write(
        [&asked, now = store.time.now()](index_writer& index) { return index.create_bucket(asked.bucket, now); });
    if (!created)
        co_return created.error();
    http::response done = http::response::empty(http::status::ok);
    done.set(http::field::location, "/" + asked.bucket);
    co_return done;
}

answer head_bucket(s3_request& asked, store_parts& store)
{
    result<bucket_row> found =
        co_await store.index.read([&asked](index_reader& index) { return index.bucket(asked.bucket); });
    if (!found)
        co_return found.error();
    http::response done = http::response::empty(http::status::ok);
    done.set("x-amz-bucket-region", "us-east-1");
    co_return done;
}

answer delete_bucket(s3_request& asked, store_parts& store)
{
    result<void> deleted =
        co_await store.index.write([&asked](index_writer& index) { return index.delete_bucket(asked.bucket); });
    if (!deleted)
        co_return deleted.error();
    store.keys.forget(asked.bucket);
    co_return http::response::empty(http::status::no_content);
}

// An empty constraint is us-east-1, in S3's history.
answer bucket_location(s3_request& asked, store_parts& store)
{
    result<bucket_row> found =
        co_await store.index.read([&asked](index_reader& index) { return index.bucket(asked.bucket); });
    if (!found)
        co_return found.error();
    co_return xml_answer(xml_writer("LocationConstraint").finish());
}

} // namespace fleetman::s3server
