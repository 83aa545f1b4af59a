package algorithmia.ThresholdCheck;

import com.algorithmia.*;
import com.algorithmia.algo.*;
import com.algorithmia.data.*;
import com.google.gson.*;
import java.math.BigDecimal;
import java.util.*;

public class ThresholdCheck {

    @AcceptsJson
    @ReturnsJson
    public JsonElement apply(String input) throws Exception {
        return new JsonParser().parse(new Gson().toJson(check(input)));
    }

    public OutputData check(String json) {
        try {
            InputData data = new Gson().fromJson(json, InputData.class);
            BigDecimal difference = decimal(data.value1).subtract(decimal(data.value2)).abs();
            return new OutputData("abs(" + data.value1 + " - " + data.value2 + ") > " + data.threshold,
                    difference.compareTo(decimal(data.threshold)) == 1, data.metaData, null);
        } catch (JsonSyntaxException e) {
            return new OutputData(null, null, null, "Error parsing source JSON: " + json);
        }
    }

    private static BigDecimal decimal(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException | NullPointerException e) {
            return new BigDecimal(0);
        }
    }
}
