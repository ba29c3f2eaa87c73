impl Users {
    fn find<'life0, 'async_trait>(
        &'life0 self,
        id: u64,
    ) -> ::core::pin::Pin<
        Box<
            dyn ::core::future::Future<
                Output = Result<Row, Error>,
            > + ::core::marker::Send + 'async_trait,
        >,
    >
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let __self = self;
            let id = id;
            static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::new(
                ::core::concat!(::core::module_path!(), "::", "find"),
                "row",
                {
                    const __VALUE: ::core::time::Duration = TTL;
                    __VALUE
                },
            );
            let __caches = ::two_tier_cache::__private::current();
            match ::two_tier_cache::__private::attempt(
                &__caches,
                &__FUNCTION,
                ::two_tier_cache::__private::Probe::<Result<Row, Error>>::new()
                    .__shape(&::two_tier_cache::__private::MessagePack),
                ::two_tier_cache::__private::Instance::new(
                    ::core::any::type_name_of_val(&|| ()),
                    &[],
                    &[],
                ),
                |__key| {
                    ::two_tier_cache::__private::part(__key, &(__self.tenant));
                    ::two_tier_cache::__private::part(__key, &(id));
                },
            ) {
                ::two_tier_cache::__private::Attempt::Hit(__value) => __value,
                ::two_tier_cache::__private::Attempt::Miss(__miss) => {
                    __miss
                        .load(async move {
                            #[allow(unused_braces)]
                            let __output: Result<Row, Error> = if false {
                                return ::two_tier_cache::__private::never::<
                                    Result<Row, Error>,
                                >();
                            } else {
                                { __self.query(id).await }
                            };
                            #[allow(unreachable_code)] return __output;
                        })
                        .await
                }
            }
        })
    }
}
