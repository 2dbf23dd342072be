#include "xml.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <pugixml.hpp>

#include <sstream>

namespace fleetman::s3 {
namespace {

// No DTD, no external entities: pugixml resolves none (its manual, "Parsing options").
std::optional<pugi::xml_document> parse(std::string_view xml)
{
    std::optional<pugi::xml_document> document(std::in_place);
    const auto outcome = document->load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!outcome || !document->document_element())
        return std::nullopt;
    return document;
}

error not_the_document(std::string_view wanted)
{
    return error(errc::failed,
        "the answer is no " + std::string(wanted) + ": is the endpoint an S3 server, or something in between?");
}

std::string text_of(const pugi::xml_node& parent, const char* child)
{
    return parent.child(child).text().get();
}

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

// The form encoding of `encoding-type=url`: a blank may come as "+", and a plus then as %2B.
std::string url_decoded(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size();
        const int high = escape ? hex_value(text[i + 1]) : -1;
        const int low = escape ? hex_value(text[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

result<storage::object_info> parse_entry(const pugi::xml_node& entry, bool encoded)
{
    storage::object_info info;
    const std::string key = text_of(entry, "Key");
    info.key = encoded ? url_decoded(key) : key;
    info.etag = unquoted(text_of(entry, "ETag"));
    const auto size = parse_integer<std::uint64_t>(trimmed(text_of(entry, "Size")));
    const auto modified = parse_rfc3339(trimmed(text_of(entry, "LastModified")));
    if (info.key.empty() || !size || !modified)
        return error(errc::failed, "the listing has an entry without a key, a size or a time");
    info.size = *size;
    info.last_modified = *modified;
    return info;
}

} // namespace

std::optional<store_fault> parse_error(std::string_view xml)
{
    const auto document = parse(xml);
    if (!document)
        return std::nullopt;
    const pugi::xml_node root = document->document_element();
    if (std::string_view(root.name()) != "Error")
        return std::nullopt;
    return store_fault{text_of(root, "Code"), text_of(root, "Message"), text_of(root, "RequestId")};
}

std::string parse_error_region(std::string_view xml)
{
    const auto document = parse(xml);
    return document ? text_of(document->child("Error"), "Region") : std::string();
}

bool is_cut_off(std::string_view xml, std::string_view root)
{
    constexpr std::size_t prolog_max_bytes = 512;
    const std::string opening = '<' + std::string(root);
    const std::size_t begin = xml.substr(0, prolog_max_bytes).find(opening);
    if (root.empty() || begin == std::string_view::npos)
        return false; // another document, of which its reader says what is wrong
    const std::string_view rest = trimmed(xml.substr(begin));
    const bool closed = rest.ends_with("</" + std::string(root) + '>');
    const bool empty = rest.rfind('<') == 0 && rest.ends_with("/>");
    return !closed && !empty;
}

result<storage::list_page> parse_list(std::string_view xml)
{
    const auto document = parse(xml);
    if (!document || std::string_view(document->document_element().name()) != "ListBucketResult")
        return not_the_document("listing");
    const pugi::xml_node root = document->document_element();
    const bool encoded = text_of(root, "EncodingType") == "url";

    storage::list_page page;
    for (const pugi::xml_node& entry : root.children("Contents")) {
        result<storage::object_info> info = parse_entry(entry, encoded);
        if (!info)
            return info.error();
        page.objects.push_back(std::move(*info));
    }
    for (const pugi::xml_node& group : root.children("CommonPrefixes")) {
        const std::string prefix = text_of(group, "Prefix");
        page.common_prefixes.push_back(encoded ? url_decoded(prefix) : prefix);
    }
    if (text_of(root, "IsTruncated") == "true") {
        page.continuation = text_of(root, "NextContinuationToken");
        if (page.continuation.empty())
            return error(errc::failed, "the listing goes on, but the store does not say where");
    }
    return page;
}

result<std::string> parse_copy(std::string_view xml, std::string_view root)
{
    const std::string wanted = root == "CopyObjectResult" ? "copy result" : "result of a part's copy";
    const auto document = parse(xml);
    if (!document || document->document_element().name() != root)
        return not_the_document(wanted);
    std::string etag = unquoted(text_of(document->document_element(), "ETag"));
    if (etag.empty())
        return not_the_document(wanted + " with an ETag");
    return etag;
}

result<std::string> parse_upload_id(std::string_view xml)
{
    const auto document = parse(xml);
    if (!document || std::string_view(document->document_element().name()) != "InitiateMultipartUploadResult")
        return not_the_document("beginning of an upload");
    std::string id = text_of(document->document_element(), "UploadId");
    if (id.empty())
        return not_the_document("beginning of an upload with an id");
    return id;
}

result<std::string> parse_completion(std::string_view xml)
{
    const auto document = parse(xml);
    if (!document || std::string_view(document->document_element().name()) != "CompleteMultipartUploadResult")
        return not_the_document("end of an upload");
    return unquoted(text_of(document->document_element(), "ETag"));
}

std::string completion_request(const std::vector<std::string>& etags)
{
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("CompleteMultipartUpload");
    root.append_attribute("xmlns").set_value("http://s3.amazonaws.com/doc/2006-03-01/");
    for (std::size_t i = 0; i < etags.size(); ++i) {
        pugi::xml_node part = root.append_child("Part");
        part.append_child("PartNumber").text().set(i + 1);
        part.append_child("ETag").text().set(('"' + etags[i] + '"').c_str());
    }
    std::ostringstream text;
    document.save(text, "", pugi::format_raw);
    return text.str();
}

result<std::vector<undeleted>> parse_delete(std::string_view xml)
{
    const auto document = parse(xml);
    if (!document || std::string_view(document->document_element().name()) != "DeleteResult")
        return not_the_document("delete result");
    std::vector<undeleted> left;
    for (const pugi::xml_node& entry : document->document_element().children("Error"))
        left.push_back({text_of(entry, "Key"), {text_of(entry, "Code"), text_of(entry, "Message"), {}}});
    return left;
}

std::string delete_request(const std::vector<std::string>& keys)
{
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("Delete");
    root.append_attribute("xmlns").set_value("http://s3.amazonaws.com/doc/2006-03-01/");
    for (const std::string& key : keys)
        root.append_child("Object").append_child("Key").text().set(key.c_str());
    root.append_child("Quiet").text().set("true");
    std::ostringstream text;
    document.save(text, "", pugi::format_raw);
    return text.str();
}

std::string unquoted(std::string_view etag)
{
    if (etag.starts_with("W/"))
        etag.remove_prefix(2);
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
        etag = etag.substr(1, etag.size() - 2);
    return std::string(etag);
}

} // namespace fleetman::s3
