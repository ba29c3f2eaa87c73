-- The chat widget's tables, in SQL that SQLite and PostgreSQL both understand.

CREATE TABLE customer_configs (
    id BIGINT PRIMARY KEY,
    business_name TEXT NOT NULL,
    business_description TEXT
);

CREATE TABLE domains (
    id BIGINT PRIMARY KEY,
    domain TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    customer_config_id BIGINT NOT NULL REFERENCES customer_configs (id)
);

CREATE INDEX domains_by_customer ON domains (customer_config_id);

-- Saving a configuration adds a row, so a customer has a history of them.
-- The newest row that is active counts; `updated_at` is in milliseconds since 1970.
CREATE TABLE widget_configs (
    customer_config_id BIGINT NOT NULL REFERENCES customer_configs (id),
    config_data JSON NOT NULL,
    is_active BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX widget_configs_newest ON widget_configs (customer_config_id, updated_at);
