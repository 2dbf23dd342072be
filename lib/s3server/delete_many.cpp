#include "faults.hpp"
#include "operations.hpp"
#include "receive_body.hpp"
#include "xml_writer.hpp"

#include <pugixml.hpp>

namespace fleetman::s3server {

namespace {

constexpr std::uint64_t largest_document = 2'097'152;
constexpr std::size_t most_keys = 1000;

struct removal
{
    std::string key;
    std::optional<error> failure;
};

struct removals
{
    bool quiet = false;
    std::vector<removal> each;
};

// <Delete><Quiet/><Object><Key/></Object>…</Delete>; a version can only be the null one.
result<removals> read_removals(const std::string& document, const s3_request& asked)
{
    pugi::xml_document xml;
    const auto parsed = xml.load_buffer(document.data(), document.size(), pugi::parse_default | pugi::parse_ws_pcdata);
    const pugi::xml_node root = xml.child("Delete");
    if (!parsed || !root)
        return make_error(fault::malformed_xml);
    removals wanted;
    wanted.quiet = root.child("Quiet").text().as_bool();
    for (const pugi::xml_node& one : root.children("Object")) {
        const std::string_view version = one.child("VersionId").text().as_string();
        removal next{one.child("Key").text().as_string(), std::nullopt};
        if (next.key.empty())
            return make_error(fault::malformed_xml);
        if (!version.empty() && version != "null")
            next.failure = make_error(fault::not_implemented, "Versioning is not supported");
        if (!asked.who->may(action::remove, asked.bucket, next.key))
            next.failure = make_error(fault::access_denied, "This access key may not delete this");
        wanted.each.push_back(std::move(next));
    }
    if (wanted.each.empty() || wanted.each.size() > most_keys)
        return make_error(fault::malformed_xml);
    return wanted;
}

std::string removal_document(const removals& done)
{
    xml_writer xml("DeleteResult");
    for (const removal& one : done.each) {
        if (one.failure)
            xml.begin("Error")
                .text("Key", one.key)
                .text("Code", code_of(fault_of(*one.failure)))
                .text("Message", one.failure->message())
                .end();
        else if (!done.quiet)
            xml.begin("Deleted").text("Key", one.key).end();
    }
    return xml.finish();
}

} // namespace

answer delete_many(s3_request& asked, store_parts& store)
{
    result<std::string> document = co_await receive_document(asked, largest_document);
    if (!document)
        co_return document.error();
    result<removals> wanted = read_removals(*document, asked);
    if (!wanted)
        co_return wanted.error();

    // One change of the index: all of them, or an error for all.
    result<freed_files> removed = co_await store.index.write([&](index_writer& index) -> result<freed_files> {
        freed_files all;
        for (const removal& one : wanted->each) {
            if (one.failure)
                continue;
            result<freed_files> freed = index.remove_object(asked.bucket, one.key);
            if (!freed)
                return freed;
            all.insert(all.end(), freed->begin(), freed->end());
        }
        return all;
    });
    if (!removed)
        co_return removed.error();
    for (const removal& one : wanted->each)
        if (!one.failure)
            store.tell(asked.bucket, one.key);
    co_await remove_files(store, std::move(*removed));
    co_return xml_answer(removal_document(*wanted));
}

} // namespace fleetman::s3server
