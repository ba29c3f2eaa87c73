//! The widget configuration: deeply nested JSON of which most is usually absent.
//!
//! Absent fields are left out when written (`skip_serializing_if`), as real JSON types do.
//! Positional codecs return wrong values for such types; the cache's default codec does not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How one customer's chat widget looks and behaves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WidgetConfig {
    /// The heading of the chat window.
    pub title: String,
    /// Colours and shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    /// The button that opens the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launcher: Option<Launcher>,
    /// What visitors are asked before they can chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_form: Option<LeadForm>,
    /// When somebody answers, by weekday.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub opening_hours: BTreeMap<String, Vec<Hours>>,
    /// Texts by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, Texts>,
    /// Whatever the customer's own scripts need; the service only passes it on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// Colours and shape of the widget.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Theme {
    /// The main colour, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<String>,
    /// Rounding of corners in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<u16>,
    /// Opacity of the window, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opacity: Option<f64>,
    /// The colours to use at night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark: Option<Box<Self>>,
}

/// The button that opens the chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Launcher {
    /// Where it sits.
    pub position: Position,
    /// How far from the edge, in pixels; negative hides a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
    /// A bubble beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bubble: Option<Bubble>,
}

/// A corner of the page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// The usual place.
    BottomRight,
    /// The other one.
    BottomLeft,
}

/// A short text that invites to chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bubble {
    /// The text.
    pub text: String,
    /// Shown after so many milliseconds; at once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
}

/// What visitors are asked before they can chat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeadForm {
    /// The questions, in order.
    pub fields: Vec<Field>,
    /// Where to send what they answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
}

/// One question of a [`LeadForm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Field {
    /// A mail address.
    Email {
        /// Whether it may be left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        required: Option<bool>,
    },
    /// One of several answers.
    Choice {
        /// The answers.
        options: Vec<String>,
        /// The one selected at first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preselected: Option<usize>,
    },
}

/// A span of one day, in minutes after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hours {
    /// Opens.
    pub from: u16,
    /// Closes; open end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u16>,
}

/// The texts of one language.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Texts {
    /// The first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// Shown when nobody is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<String>,
    /// Messages a visitor can send with one click.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starters: Vec<String>,
}
