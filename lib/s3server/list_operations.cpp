#include "faults.hpp"
#include "object_headers.hpp"
#include "operations.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/sigv4/encoding.hpp>

#include <optional>

namespace fleetman::s3server {

namespace {

constexpr std::size_t most_entries = 1000;

// Opaque to clients, so that they never learn to build one; hex of where the page ended.
std::string token_for(std::string_view last)
{
    return to_hex(last);
}

std::optional<std::string> position_of(std::string_view token)
{
    std::string last;
    for (std::size_t i = 0; i + 1 < token.size(); i += 2) {
        unsigned value = 0;
        for (const char c : token.substr(i, 2)) {
            const std::size_t digit = std::string_view("0123456789abcdef").find(c);
            if (digit == std::string_view::npos)
                return std::nullopt;
            value = value * 16 + static_cast<unsigned>(digit);
        }
        last.push_back(static_cast<char>(value));
    }
    return token.size() % 2 == 0 ? std::optional(last) : std::nullopt;
}

// A listing's parameters as sent, and what they mean.
struct listing_request
{
    bool second_version;
    bool url_encoded;
    listing_query query;
};

result<listing_request> read_listing(const s3_request& asked)
{
    listing_request wanted;
    wanted.second_version = asked.parameter("list-type") == "2";
    const std::string_view encoding = asked.parameter("encoding-type");
    if (!encoding.empty() && encoding != "url")
        return make_error(fault::invalid_argument, "encoding-type can only be url");
    wanted.url_encoded = !encoding.empty();
    result<std::size_t> limit = limit_parameter(asked, "max-keys", most_entries);
    if (!limit)
        return limit.error();
    wanted.query.max_entries = *limit;
    wanted.query.prefix = asked.parameter("prefix");
    wanted.query.delimiter = asked.parameter("delimiter");
    wanted.query.after = asked.parameter(wanted.second_version ? "start-after" : "marker");
    if (wanted.second_version && asked.has("continuation-token")) {
        std::optional<std::string> position = position_of(asked.parameter("continuation-token"));
        if (!position || position->empty())
            return make_error(fault::invalid_argument, "The continuation token provided is incorrect");
        wanted.query.after = std::move(*position);
    }
    return wanted;
}

std::string spelled(const listing_request& wanted, std::string_view text)
{
    return wanted.url_encoded ? sigv4::encode_path(text) : std::string(text);
}

void write_position(xml_writer& xml, const s3_request& asked, const listing_request& wanted, const listing_page& page)
{
    if (wanted.second_version) {
        xml.number("KeyCount", page.objects.size() + page.common_prefixes.size());
        if (asked.has("continuation-token"))
            xml.text("ContinuationToken", asked.parameter("continuation-token"));
        if (asked.has("start-after"))
            xml.text("StartAfter", spelled(wanted, asked.parameter("start-after")));
        if (page.truncated)
            xml.text("NextContinuationToken", token_for(page.last));
        return;
    }
    xml.text("Marker", spelled(wanted, wanted.query.after));
    if (page.truncated)
        xml.text("NextMarker", spelled(wanted, page.last));
}

std::string listing_document(const s3_request& asked, const listing_request& wanted, const listing_page& page)
{
    const bool with_owner = !wanted.second_version || asked.parameter("fetch-owner") == "true";
    xml_writer xml("ListBucketResult");
    xml.text("Name", asked.bucket).text("Prefix", spelled(wanted, wanted.query.prefix));
    xml.number("MaxKeys", wanted.query.max_entries).flag("IsTruncated", page.truncated);
    if (!wanted.query.delimiter.empty())
        xml.text("Delimiter", spelled(wanted, wanted.query.delimiter));
    if (wanted.url_encoded)
        xml.text("EncodingType", "url");
    write_position(xml, asked, wanted, page);
    for (const listed_object& one : page.objects) {
        xml.begin("Contents").text("Key", spelled(wanted, one.key)).text("LastModified", rfc3339_millis(one.modified));
        xml.text("ETag", quoted_etag(one.etag)).number("Size", one.size).text("StorageClass", "STANDARD");
        if (with_owner)
            xml.begin("Owner").text("ID", "fleetman").text("DisplayName", "fleetman").end();
        xml.end();
    }
    for (const std::string& one : page.common_prefixes)
        xml.begin("CommonPrefixes").text("Prefix", spelled(wanted, one)).end();
    return xml.finish();
}

} // namespace

answer list_objects(s3_request& asked, store_parts& store)
{
    result<listing_request> wanted = read_listing(asked);
    if (!wanted)
        co_return wanted.error();
    result<std::string> document = co_await store.index.read([&](index_reader& index) -> result<std::string> {
        result<listing_page> page = index.list(asked.bucket, wanted->query);
        if (!page)
            return page.error();
        return listing_document(asked, *wanted, *page); // here, since a thousand keys take a while
    });
    if (!document)
        co_return document.error();
    co_return xml_answer(std::move(*document));
}

} // namespace fleetman::s3server
