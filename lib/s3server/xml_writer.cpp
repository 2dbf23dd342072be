#include "xml_writer.hpp"

namespace fleetman::s3server {

namespace {

// Control characters become references, as S3 writes them: XML 1.0 has no better way, and `encoding-type=url` is there
// for clients that mind.
void append_escaped(std::string& to, std::string_view value)
{
    for (const char c : value) {
        switch (c) {
        case '&': to += "&amp;"; break;
        case '<': to += "&lt;"; break;
        case '>': to += "&gt;"; break;
        case '"': to += "&quot;"; break;
        default:
            if (static_cast<unsigned char>(c) < 0x20)
                to.append("&#").append(std::to_string(int{c})).append(";");
            else
                to += c;
        }
    }
}

} // namespace

xml_writer::xml_writer(std::string_view root, bool with_namespace)
    : document_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<")
{
    document_.append(root);
    if (with_namespace)
        document_.append(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"");
    document_ += '>';
    open_.emplace_back(root);
}

xml_writer& xml_writer::begin(std::string_view element)
{
    document_.append("<").append(element).append(">");
    open_.emplace_back(element);
    return *this;
}

xml_writer& xml_writer::end()
{
    document_.append("</").append(open_.back()).append(">");
    open_.pop_back();
    return *this;
}

xml_writer& xml_writer::text(std::string_view element, std::string_view value)
{
    document_.append("<").append(element).append(">");
    append_escaped(document_, value);
    document_.append("</").append(element).append(">");
    return *this;
}

xml_writer& xml_writer::number(std::string_view element, std::uint64_t value)
{
    return text(element, std::to_string(value));
}

xml_writer& xml_writer::flag(std::string_view element, bool value)
{
    return text(element, value ? "true" : "false");
}

std::string xml_writer::finish()
{
    while (!open_.empty())
        end();
    return std::move(document_);
}

} // namespace fleetman::s3server
